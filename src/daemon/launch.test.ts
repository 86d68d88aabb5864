import { expect, it } from 'vitest';
import { createWorld, daemonJob } from '../../test/support/daemon-world.ts';

const SECOND = 1000;

const END = {
  type: 'run-finished',
  run: 'run-2',
  job: 'vms',
  outcome: 'ok',
  succeeded: 0,
  failed: 0,
  warnings: 0,
  durationMs: 0,
  peakRssBytes: 0,
  error: null,
} as const;

it('each run reaches the history with an end, also when the run itself told none, and only one', async () => {
  await using world = createWorld({
    jobs: [daemonJob('vms')],
    plan: (_, count) => ({ ms: SECOND, silent: count === 0 }),
  });
  for (const _ of ['silent', 'not']) {
    world.supervisor.trigger('vms');
    await world.wait(2 * SECOND);
  }
  const [, second] = world.runs;
  second?.tell({ ...END, at: world.now() });
  expect([...world.ends]).toEqual([
    ['run-1', 1],
    ['run-2', 1],
  ]);
});
