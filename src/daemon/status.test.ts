import { expect, it } from 'vitest';
import {
  BEGIN,
  createWorld,
  daemonJob,
  everyMinutes,
  jobOf,
} from '../../test/support/daemon-world.ts';

const MINUTE = 60_000;
const QUARTER = daemonJob('vms', everyMinutes(15));

it('what is told of a job has the progress of a run, and its end', async () => {
  await using world = createWorld({ jobs: [QUARTER] });
  await world.settle();
  const at = world.now();
  const source = 'rbd/a';
  world.runs[0]?.tell({ type: 'sources-selected', at, sources: [source, 'rbd/b'] });
  world.runs[0]?.tell({ type: 'transfer-phase', at, source, phase: 'diff' });
  expect(jobOf(world).running).toEqual({
    run: 'run-1',
    cause: 'schedule',
    startedAt: BEGIN,
    dueAt: BEGIN,
    dryRun: false,
    cancelling: false,
    selected: 2,
    succeeded: 0,
    failed: 0,
    warnings: 0,
    sources: [{ source, phase: 'diff', since: at, bytesDone: 0, bytesTotal: null, entries: null }],
  });
  expect(JSON.parse(JSON.stringify(world.supervisor.status()))).toEqual(world.supervisor.status());
  await world.wait(MINUTE);
  expect(jobOf(world)).toMatchObject({
    kind: 'rbd',
    schedule: 'every 15 minutes',
    running: null,
    last: { run: 'run-1', outcome: 'ok', at: BEGIN + MINUTE, durationMs: MINUTE, error: null },
  });
});
