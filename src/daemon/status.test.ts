import { describe, expect, it } from 'vitest';
import {
  BEGIN,
  createWorld,
  daemonJob,
  everyMinutes,
  jobOf,
  type World,
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
    sources: [
      {
        source,
        phase: 'diff',
        since: at,
        bytesDone: 0,
        bytesTotal: null,
        entries: null,
        bytesPerSecond: null,
        etaSeconds: null,
      },
    ],
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

describe('the rate of a source, and the time that is left', () => {
  const source = 'rbd/a';

  async function copying(world: World, bytesTotal: number | null, done: readonly number[]) {
    await world.settle();
    const run = world.runs[0];
    run?.tell({ type: 'transfer-phase', at: world.now(), source, phase: 'copying' });
    for (const bytesDone of done) {
      const counts = { bytesDone, bytesTotal, bytesWritten: 0, entries: null };
      run?.tell({ type: 'transfer-progress', at: world.now(), source, ...counts });
      await world.wait(1000);
    }
    return jobOf(world).running?.sources[0];
  }

  it('are over what was done of late', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    const told = await copying(world, 1000, [0, 100, 200]);
    expect(told).toMatchObject({ bytesPerSecond: 100, etaSeconds: 8 });
  });

  it('are over a minute, not over all of it', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 10 * MINUTE }) });
    const slow = Array.from({ length: 100 }, (_, second) => 10 * second);
    const fast = Array.from({ length: 31 }, (_, second) => 1000 + 500 * second);
    const told = await copying(world, 100_000, [...slow, ...fast]);
    // Half of the last minute at 10 bytes a second, half of it at 500.
    expect(told?.bytesPerSecond).toBeGreaterThan(200);
    expect(told?.bytesPerSecond).toBeLessThan(300);
    expect(told?.etaSeconds).toBeGreaterThan(84_000 / 300);
  });

  it('are not told before there is enough to tell, and the rate alone when the total is not known', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    expect(await copying(world, 1000, [0])).toMatchObject({
      bytesPerSecond: null,
      etaSeconds: null,
    });
    expect(await copying(world, null, [0, 100, 200])).toMatchObject({
      bytesPerSecond: 100,
      etaSeconds: null,
    });
  });

  it('begin anew with each phase', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await copying(world, 1000, [0, 100, 200]);
    world.runs[0]?.tell({ type: 'transfer-phase', at: world.now(), source, phase: 'committing' });
    expect(jobOf(world).running?.sources[0]).toMatchObject({
      bytesPerSecond: null,
      etaSeconds: null,
    });
  });

  it('get worse while nothing comes any more', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 10 * MINUTE }) });
    await copying(world, 1000, [0, 100, 200]);
    await world.wait(2 * MINUTE);
    const told = jobOf(world).running?.sources[0];
    expect(told?.bytesPerSecond).toBeLessThan(3);
    expect(told?.etaSeconds).toBeGreaterThan(300);
  });
});
