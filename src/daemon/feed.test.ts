import { expect, it } from 'vitest';
import { createWorld, daemonJob, everyMinutes } from '../../test/support/daemon-world.ts';

const MINUTE = 60_000;
const QUARTER = daemonJob('vms', everyMinutes(15));

it('what happens is numbered without gaps, and a listener that fails harms nobody', async () => {
  await using world = createWorld({ jobs: [QUARTER], start: false });
  const seen: number[] = [];
  world.supervisor.subscribe(() => {
    throw new Error('a listener fails');
  });
  const listening = world.supervisor.subscribe(({ seq }) => {
    seen.push(seq);
    // It may ask for anything.
    if (seq === 3) world.supervisor.pause('vms');
  });
  const order: number[] = [];
  world.supervisor.subscribe(({ seq }) => order.push(seq));
  world.supervisor.start();
  await world.wait(2 * MINUTE);
  listening[Symbol.dispose]();
  expect(world.events.map(({ type }) => type)).toEqual([
    'job-due',
    'run-queued',
    'run-begun',
    'job-paused',
    'run-event',
    'run-ended',
  ]);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(order).toEqual(seen);
  expect(world.supervisor.status().seq).toBe(6);
  world.supervisor.resume('vms');
  await world.settle();
  expect(seen).toHaveLength(6);
});
