import { describe, expect, it } from 'vitest';
import {
  BEGIN,
  createWorld,
  daemonJob,
  everyMinutes,
  failed,
  jobOf,
  starts,
} from '../../test/support/daemon-world.ts';
import type { RetryClass } from '../core/errors.ts';
import type { RunResult } from '../runner/start.ts';
import type { RunCause } from './ports.ts';
import { NO_PROGRESS } from './progress.ts';
import { verdictOf } from './retry.ts';

const [SECOND, MINUTE] = [1000, 60_000];
const QUARTER = daemonJob('vms', everyMinutes(15));

describe('a run that fails', () => {
  it('is tried again after longer and longer times, until it ends well', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: (_, count) => (count < 4 ? { ms: 0, fails: 'reconnect' } : { ms: 0 }),
    });
    await world.wait(SECOND);
    expect(jobOf(world)).toMatchObject({ retry: { attempt: 1 } });
    await world.wait(60 * MINUTE);
    const at = world.begun.map(({ startedAt }) => startedAt);
    const gaps = at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / MINUTE);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(0.75 * 2 ** index);
      expect(gap).toBeLessThanOrEqual(2 ** index);
    }
    expect(world.begun.map(({ cause, dueAt }) => [cause, dueAt])).toEqual([
      ['schedule', BEGIN],
      ...Array.from({ length: 4 }, () => ['retry', BEGIN]),
    ]);
    expect(jobOf(world)).toMatchObject({ retry: null, last: { outcome: 'ok' } });
  });

  it('is tried again when one of its sources may work again', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: () => ({ ms: 0, sourceFails: 'backoff' }),
    });
    await world.wait(SECOND);
    expect(jobOf(world)).toMatchObject({
      retry: { attempt: 1 },
      last: { failed: 1, failures: [{ source: 'rbd/bad', error: failed('backoff') }] },
    });
  });

  it.each(['fails', 'sourceFails'])(
    'waits for the next due time when nothing would change: %s',
    async (what) => {
      await using world = createWorld({
        jobs: [QUARTER],
        plan: () => ({ ms: 0, [what]: 'never' }),
      });
      await world.wait(16 * MINUTE);
      expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 15']);
    },
  );

  it('makes way for the next due run, and counts on', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(5))],
      plan: (_, count) => ({ ms: count === 3 ? 10 * SECOND : 0, fails: 'backoff' }),
    });
    await world.wait(5 * MINUTE + SECOND);
    expect(world.begun.map(({ cause }) => cause)).toEqual([
      'schedule',
      'retry',
      'retry',
      'schedule',
    ]);
    expect(jobOf(world).retry).toBe(null);
    await world.wait(10 * SECOND);
    expect(jobOf(world).retry?.attempt).toBe(4);
  });

  it('makes way for the next due run also while it waits', async () => {
    const jobs = [daemonJob('vms', everyMinutes(10)), daemonJob('homes')];
    await using world = createWorld({
      jobs,
      limits: { runs: 1 },
      plan: (_, count) => (count === 0 ? { ms: 0, fails: 'backoff' } : { ms: 15 * MINUTE }),
    });
    await world.wait(SECOND);
    world.supervisor.trigger('homes');
    await world.wait(5 * MINUTE);
    expect(jobOf(world)).toMatchObject({ queued: { cause: 'retry' }, retry: null });
    await world.wait(11 * MINUTE);
    expect(world.begun.map(({ cause }) => cause)).toEqual(['schedule', 'trigger', 'schedule']);
    expect(jobOf(world).overlapped).toBe(0);
  });

  it('is not tried again when it was triggered, nor does a part of the job that ended well stop the attempts', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: (_, count) => (count === 1 ? { ms: 0 } : { ms: 0, fails: 'backoff' }),
    });
    await world.wait(SECOND);
    world.supervisor.trigger('vms', { only: 'rbd/a' });
    await world.wait(SECOND);
    expect(jobOf(world).retry).not.toBe(null);
    world.supervisor.trigger('vms');
    await world.wait(SECOND);
    expect(jobOf(world).retry?.attempt).toBe(1);
    world.plan = () => ({ ms: 0 });
    world.supervisor.trigger('vms');
    await world.wait(SECOND);
    expect(jobOf(world).retry).toBe(null);
  });

  it('waits for a run that goes on when its time comes', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: (_, count) => ({ ms: count === 1 ? 10 * MINUTE : 0, fails: 'backoff' }),
    });
    await world.wait(30 * SECOND);
    world.supervisor.trigger('vms');
    await world.wait(9 * MINUTE);
    expect(world.runs).toHaveLength(2);
    await world.wait(2 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms trigger 0.5', 'vms retry 10.5']);
  });

  it('does not wait for years when the clock is set back', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(60 * 24))],
      plan: () => ({ ms: 0, fails: 'backoff' }),
    });
    await world.wait(SECOND);
    world.setClock(-30 * 60 * MINUTE);
    await world.wait(62 * MINUTE);
    expect(world.begun.length).toBeGreaterThan(1);
  });

  it('is forgotten when the job is paused', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: () => ({ ms: 10 * SECOND, fails: 'backoff' }),
    });
    await world.wait(20 * SECOND);
    world.supervisor.pause('vms');
    expect(jobOf(world).retry).toBe(null);
    world.supervisor.resume('vms');
    await world.wait(10 * MINUTE);
    expect(world.runs).toHaveLength(1);
  });

  it('because it cannot be started is tried again', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: () => ({ ms: 0, throws: new Error('fork: EAGAIN') }),
    });
    await world.settle();
    world.plan = () => ({ ms: 0 });
    expect(jobOf(world)).toMatchObject({ retry: { attempt: 1 } });
    await world.wait(MINUTE);
    expect(world.runs).toHaveLength(1);
  });
});

/** A run as it ended. */
function ended(run: {
  readonly cause?: RunCause;
  readonly dryRun?: boolean;
  readonly only?: string;
  readonly outcome: RunResult['outcome'];
  readonly error?: RetryClass;
  readonly sources?: boolean;
}) {
  const { cause = 'schedule', dryRun = false, only = null, outcome, error, sources } = run;
  const begun = { id: 'r', job: 'vms', cause, startedAt: 0, dueAt: null, dryRun, only };
  const result = { outcome, error: error === undefined ? null : failed(error) } as RunResult;
  const progress = { ...NO_PROGRESS, mayWorkAgain: sources === true };
  const request = { task: 'back-up', only, full: false, dryRun } as const;
  return { begun, request, result, progress };
}

it.each([
  ['again', { outcome: 'failed', error: 'reconnect' }],
  ['again', { outcome: 'failed', error: 'backoff', cause: 'retry' }],
  ['again', { outcome: 'failed', sources: true }],
  ['over', { outcome: 'failed', error: 'never' }],
  ['over', { outcome: 'failed' }],
  ['over', { outcome: 'ok' }],
  ['over', { outcome: 'ok', cause: 'trigger' }],
  ['nothing', { outcome: 'ok', cause: 'trigger', dryRun: true }],
  ['nothing', { outcome: 'ok', cause: 'trigger', only: 'rbd/a' }],
  ['nothing', { outcome: 'failed', cause: 'trigger', error: 'backoff' }],
  ['nothing', { outcome: 'cancelled', cause: 'trigger' }],
  // It was killed, or a source had failed before.
  ['over', { outcome: 'cancelled', error: 'reconnect' }],
  ['over', { outcome: 'cancelled', sources: true }],
] as const)('"%s" is what a run means for the attempts that ended like %o', (verdict, run) => {
  expect(verdictOf(ended(run))).toBe(verdict);
});
