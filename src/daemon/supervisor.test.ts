import { describe, expect, it } from 'vitest';
import {
  BEGIN,
  CANCEL_MS,
  createWorld,
  daemonJob,
  everyMinutes,
  failed,
  type World,
} from '../../test/support/daemon-world.ts';
import { LONGEST_SLEEP_MS } from '../schedule/decide.ts';
import type { JobStatus } from './status.ts';

const [SECOND, MINUTE] = [1000, 60_000];
const QUARTER = daemonJob('vms', everyMinutes(15));

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

function status(world: World, job = 'vms'): JobStatus {
  const found = world.supervisor.status().jobs.find(({ name }) => name === job);
  if (found === undefined) throw new Error(`no ${job}`);
  return found;
}

/** Minutes after the beginning at which runs were started, and why. */
function starts(world: World): string[] {
  return world.begun.map(({ startedAt, cause, job }) => {
    return `${job} ${cause} ${(startedAt - BEGIN) / MINUTE}`;
  });
}

function dueAt(minutes: number) {
  return { lastDueAt: BEGIN + minutes * MINUTE, pausedAt: null };
}

describe('a job by its schedule', () => {
  it('is run when it is due, and what is due is kept before it starts', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(31 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 15', 'vms schedule 30']);
    expect(world.begun.map(({ kept, dueAt }) => kept.lastDueAt === dueAt)).toEqual([
      true,
      true,
      true,
    ]);
    expect(world.ends.get('run-1')).toBe(1);
    expect(status(world).next?.dueAt).toBe(BEGIN + 45 * MINUTE);
  });

  it('runs only when it is triggered without one', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    await world.wait(60 * MINUTE);
    expect(world.runs).toEqual([]);
    expect(status(world)).toMatchObject({ schedule: 'only when triggered', next: null });
  });

  it('skips what is due while its last run goes on, and counts that', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 40 * MINUTE }) });
    await world.wait(46 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 45']);
    expect(status(world)).toMatchObject({ missed: 0, overlapped: 2 });
  });

  it('skips what came due a moment before the end of a run', async () => {
    await using world = createWorld({
      jobs: [QUARTER],
      late: [5 * SECOND],
      plan: () => ({ ms: 15 * MINUTE + SECOND }),
    });
    await world.wait(29 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0']);
    expect(status(world).overlapped).toBe(1);
  });

  it('counts what was missed, and runs once for all of it', async () => {
    await using world = createWorld({ jobs: [QUARTER], states: { vms: dueAt(-61) } });
    await world.settle();
    expect(world.begun).toMatchObject([{ dueAt: BEGIN - MINUTE }]);
    expect(status(world)).toMatchObject({ missed: 3, lastDueAt: BEGIN - MINUTE });
  });

  it('looks at the clock often enough to see that it was set', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms', everyMinutes(600))] });
    await world.wait(5 * MINUTE);
    world.setClock(596 * MINUTE);
    await world.wait(LONGEST_SLEEP_MS);
    expect(world.runs).toHaveLength(2);
  });
});

describe('a state that cannot be written', () => {
  it('keeps a run from starting, is shown, and is tried again', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(10 * MINUTE);
    world.failStates(new Error('no space left'));
    await world.wait(10 * MINUTE);
    expect(world.runs).toHaveLength(1);
    expect(status(world)).toMatchObject({
      problem: { message: 'no space left' },
      queued: { cause: 'schedule' },
      overlapped: 0,
    });
    world.failStates(null);
    await world.wait(LONGEST_SLEEP_MS);
    expect(world.begun[1]).toMatchObject({ dueAt: BEGIN + 15 * MINUTE });
    expect(status(world)).toMatchObject({ problem: null, queued: null });
  });

  it('does not keep other jobs, nor those that are triggered, from running', async () => {
    await using world = createWorld({ jobs: [QUARTER, daemonJob('homes')], limits: { runs: 1 } });
    await world.wait(10 * MINUTE);
    world.failStates(new Error('no space left'));
    await world.wait(10 * MINUTE);
    expect(world.supervisor.trigger('homes')).toMatchObject({ state: 'started' });
    expect(() => world.supervisor.pause('homes')).toThrow('no space left');
    expect(status(world, 'homes').pausedAt).toBe(null);
    world.failStates(null);
  });
});

describe('the limit of runs at a time', () => {
  const jobs = ['a', 'b', 'c'].map((name) => daemonJob(name, everyMinutes(60)));
  const states = { a: dueAt(-59), b: dueAt(-57), c: dueAt(-58) };

  it('lets others wait, who was due first comes first', async () => {
    await using world = createWorld({
      jobs,
      states,
      limits: { runs: 1 },
      plan: () => ({ ms: 10 * MINUTE }),
    });
    await world.wait(5 * MINUTE);
    expect(status(world, 'b').queued).toEqual({ since: BEGIN + 3 * MINUTE, cause: 'schedule' });
    await world.wait(20 * MINUTE);
    expect(starts(world)).toEqual(['a schedule 1', 'c schedule 11', 'b schedule 21']);
  });

  it('counts what is due meanwhile as overlapped', async () => {
    await using world = createWorld({
      jobs,
      states,
      limits: { runs: 1 },
      plan: () => ({ ms: 130 * MINUTE }),
    });
    await world.wait(130 * MINUTE);
    expect(status(world, 'b')).toMatchObject({ overlapped: 2, missed: 0, running: null });
  });

  it('forgets nothing that waits when the process is gone', async () => {
    await using world = createWorld({
      jobs,
      states,
      limits: { runs: 1 },
      plan: () => ({ ms: 10 * MINUTE }),
    });
    await world.wait(4 * MINUTE);
    await world.crash(MINUTE);
    await world.wait(30 * MINUTE);
    expect(starts(world).slice(1)).toEqual(['c schedule 5', 'b schedule 15']);
  });

  it('can be changed', async () => {
    await using world = createWorld({
      jobs,
      states,
      limits: { runs: 1 },
      plan: () => ({ ms: 10 * MINUTE }),
    });
    await world.wait(5 * MINUTE);
    world.supervisor.reload(jobs, { runs: 2 });
    expect(status(world, 'c').running).not.toBe(null);
    expect(status(world, 'b').running).toBe(null);
  });
});

describe('a run that somebody asks for', () => {
  it('starts at once, as it was asked for, and has an id', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    const result = world.supervisor.trigger('vms', { only: 'rbd/a*', full: true, dryRun: true });
    expect(result).toEqual({ state: 'started', run: 'run-1' });
    expect(world.runs[0]?.order).toMatchObject({ only: 'rbd/a*', full: true, dryRun: true });
    expect(world.begun).toMatchObject([{ cause: 'trigger', dueAt: null, dryRun: true }]);
  });

  it('is refused while one of the job goes on or waits', async () => {
    const jobs = [daemonJob('vms'), daemonJob('homes')];
    await using world = createWorld({ jobs, limits: { runs: 1 } });
    world.supervisor.trigger('vms');
    expect(world.supervisor.trigger('homes')).toEqual({ state: 'waiting' });
    for (const job of ['vms', 'homes']) {
      expect(() => world.supervisor.trigger(job)).toThrow(
        expect.objectContaining({ code: 'job-running' }),
      );
    }
    expect(() => world.supervisor.trigger('xyz')).toThrow(
      expect.objectContaining({ code: 'unknown-job', message: expect.stringContaining('homes') }),
    );
  });

  it('makes the schedule skip what is due meanwhile', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(14 * MINUTE);
    world.plan = () => ({ ms: 2 * MINUTE });
    world.supervisor.trigger('vms');
    await world.wait(10 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms trigger 14']);
    expect(status(world).overlapped).toBe(1);
  });

  it('that cannot be started has failed', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms')],
      plan: () => ({ ms: 0, throws: new Error('fork: EAGAIN') }),
    });
    const result = world.supervisor.trigger('vms');
    await world.settle();
    expect(status(world)).toMatchObject({
      running: null,
      last: { outcome: 'failed', error: { message: 'fork: EAGAIN' } },
    });
    expect(world.begun).toMatchObject([{ id: 'run' in result && result.run }]);
    expect([...world.ends.values()]).toEqual([1]);
  });
});

describe('a paused job', () => {
  it('is not run by its schedule, and nothing is made up for when it is resumed', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(10 * MINUTE);
    world.supervisor.pause('vms');
    world.supervisor.pause('vms');
    await world.wait(40 * MINUTE);
    expect(world.states.get('vms')).toEqual({ ...dueAt(0), pausedAt: BEGIN + 10 * MINUTE });
    expect(status(world)).toMatchObject({ pausedAt: BEGIN + 10 * MINUTE, next: null });
    world.supervisor.resume('vms');
    world.supervisor.resume('vms');
    expect(world.states.get('vms')).toEqual(dueAt(45));
    await world.wait(11 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 60']);
    expect(status(world)).toMatchObject({ missed: 0, overlapped: 0 });
  });

  it('stays so when the daemon is started again', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(10 * MINUTE);
    world.supervisor.pause('vms');
    await world.crash(60 * MINUTE);
    await world.wait(60 * MINUTE);
    expect(world.runs).toHaveLength(1);
  });

  it('runs on, and may be triggered', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 20 * MINUTE }) });
    await world.wait(MINUTE);
    world.supervisor.pause('vms');
    await world.wait(20 * MINUTE);
    expect(status(world).last?.outcome).toBe('ok');
    world.supervisor.trigger('vms');
    expect(starts(world).at(-1)).toBe('vms trigger 21');
  });

  it('leaves the queue, unless it was triggered', async () => {
    const names = ['a', 'b', 'c'];
    await using world = createWorld({
      jobs: [...names.map((name) => daemonJob(name, everyMinutes(60))), daemonJob('d')],
      limits: { runs: 1 },
    });
    await world.settle();
    world.supervisor.trigger('d');
    for (const job of ['b', 'd']) world.supervisor.pause(job);
    await world.wait(10 * MINUTE);
    expect(starts(world).map((text) => text[0])).toEqual(['a', 'c', 'd']);
    expect(world.states.get('b')?.lastDueAt).toBe(BEGIN);
  });
});

describe('a run that is cancelled', () => {
  it('is asked to end, and when asked again it is killed', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(SECOND);
    world.supervisor.cancel({ job: 'vms' });
    expect(status(world).running?.cancelling).toBe(true);
    world.supervisor.cancel({ run: 'run-1' });
    expect(world.runs[0]?.cancels).toBe(2);
    await world.wait(SECOND);
    expect(status(world).last?.outcome).toBe('cancelled');
    await world.wait(10 * MINUTE);
    expect(status(world).retry).toBe(null);
  });

  it('leaves the queue, and is not due again', async () => {
    const jobs = [daemonJob('a', everyMinutes(60)), daemonJob('b', everyMinutes(60))];
    await using world = createWorld({ jobs, limits: { runs: 1 } });
    await world.settle();
    expect(world.states.get('b')?.lastDueAt ?? null).toBe(null);
    world.supervisor.cancel({ job: 'b' });
    expect(world.states.get('b')).toEqual(dueAt(0));
    await world.wait(10 * MINUTE);
    expect(starts(world)).toEqual(['a schedule 0']);
  });

  it('has to be there', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    const { supervisor } = world;
    expect(() => supervisor.cancel({ job: 'vms' })).toThrow(
      expect.objectContaining({ code: 'unknown-run' }),
    );
    expect(() => supervisor.cancel({ run: 'run-9' })).toThrow(
      expect.objectContaining({ code: 'unknown-run' }),
    );
    expect(() => supervisor.cancel({ job: 'xyz' })).toThrow(
      expect.objectContaining({ code: 'unknown-job' }),
    );
  });
});

describe('another configuration', () => {
  it('lets a run of a removed job end, and starts no other', async () => {
    await using world = createWorld({
      jobs: [QUARTER, daemonJob('homes', everyMinutes(15))],
      plan: () => ({ ms: 20 * MINUTE }),
    });
    await world.wait(MINUTE);
    world.supervisor.reload([daemonJob('homes', everyMinutes(15))], { runs: 100 });
    expect(status(world)).toMatchObject({ removed: true, next: null });
    expect(() => world.supervisor.trigger('vms')).toThrow(/no job "vms", but: homes/);
    await world.wait(60 * MINUTE);
    expect(world.supervisor.status().jobs.map(({ name }) => name)).toEqual(['homes']);
    expect(starts(world).filter((text) => text.startsWith('vms'))).toEqual(['vms schedule 0']);
    expect(world.ends.get('run-1')).toBe(1);
  });

  it('never makes two runs of a job that is removed and comes back', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 20 * MINUTE }) });
    await world.wait(MINUTE);
    world.supervisor.reload([], { runs: 100 });
    world.supervisor.reload([QUARTER], { runs: 100 });
    expect(() => world.supervisor.trigger('vms')).toThrow(/goes on/);
    await world.wait(30 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 30']);
  });

  it('takes a job that lost its schedule out of the queue, and what waited is due when it has one again', async () => {
    const jobs = [daemonJob('a', everyMinutes(60)), daemonJob('b', everyMinutes(60))];
    await using world = createWorld({ jobs, limits: { runs: 1 } });
    await world.settle();
    world.supervisor.reload([...jobs.slice(0, 1), daemonJob('b')], { runs: 1 });
    await world.wait(10 * MINUTE);
    expect(starts(world)).toEqual(['a schedule 0']);
    world.supervisor.reload(jobs, { runs: 1 });
    expect(starts(world)).toEqual(['a schedule 0', 'b schedule 10']);
  });

  it('is what the next run of a changed job is ordered by', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(30 * SECOND);
    world.supervisor.reload([daemonJob('vms', everyMinutes(5), 'other')], { runs: 100 });
    await world.wait(5 * MINUTE);
    expect(world.runs.map(({ order }) => order.job.snapshot.prefix)).toEqual(['c2z', 'other']);
    expect(starts(world).at(-1)).toBe('vms schedule 5');
  });
});

describe('a daemon that is to end', () => {
  it('lets runs end in time, starts none, and what waits is due the next time', async () => {
    const jobs = [daemonJob('a', everyMinutes(60)), daemonJob('b', everyMinutes(60))];
    await using world = createWorld({ jobs, limits: { runs: 1 } });
    await world.settle();
    const drained = world.supervisor.drain(5 * MINUTE);
    expect(() => world.supervisor.trigger('b')).toThrow(
      expect.objectContaining({ code: 'draining' }),
    );
    await world.wait(2 * MINUTE);
    await drained;
    expect(status(world, 'a').last?.outcome).toBe('ok');
    expect(world.timers.size).toBe(0);
    await world.restart();
    expect(starts(world)).toEqual(['a schedule 0', 'b schedule 2']);
  });

  it('cancels those that take longer, once', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 60 * MINUTE }) });
    await world.wait(SECOND);
    const drained = [world.supervisor.drain(MINUTE), world.supervisor.drain(2 * SECOND)];
    await world.wait(2 * SECOND + CANCEL_MS);
    await Promise.all(drained);
    expect(world.runs[0]?.cancels).toBe(1);
    expect(status(world)).toMatchObject({ running: null, last: { outcome: 'cancelled' } });
    expect(world.timers.size).toBe(0);
  });

  it('leaves no timer when it is disposed of', async () => {
    const world = createWorld({ jobs: [QUARTER] });
    await world.wait(SECOND);
    expect(world.timers.size).toBe(1);
    await world[Symbol.asyncDispose]();
    expect(world.timers.size).toBe(0);
    world.supervisor.start();
    expect(world.timers.size).toBe(0);
  });
});

describe('a run that fails', () => {
  it('is tried again after longer and longer times, until it ends well', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: (_, count) => (count < 4 ? { ms: 0, fails: 'reconnect' } : { ms: 0 }),
    });
    await world.wait(SECOND);
    expect(status(world)).toMatchObject({ retry: { attempt: 1 } });
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
    expect(status(world)).toMatchObject({ retry: null, last: { outcome: 'ok' } });
  });

  it('is tried again when one of its sources may work again', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: () => ({ ms: 0, sourceFails: 'backoff' }),
    });
    await world.wait(SECOND);
    expect(status(world)).toMatchObject({
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
      plan: () => ({ ms: 0, fails: 'backoff' }),
    });
    await world.wait(5 * MINUTE + SECOND);
    expect(world.begun.map(({ cause }) => cause)).toEqual([
      'schedule',
      'retry',
      'retry',
      'schedule',
    ]);
    expect(status(world).retry?.attempt).toBe(4);
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
    expect(status(world)).toMatchObject({ queued: { cause: 'retry' }, retry: null });
    await world.wait(11 * MINUTE);
    expect(world.begun.map(({ cause }) => cause)).toEqual(['schedule', 'trigger', 'schedule']);
    expect(status(world).overlapped).toBe(0);
  });

  it('is not tried again when it was triggered, nor does a part of the job that ended well stop the attempts', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms', everyMinutes(600))],
      plan: (_, count) => (count === 1 ? { ms: 0 } : { ms: 0, fails: 'backoff' }),
    });
    await world.wait(SECOND);
    world.supervisor.trigger('vms', { only: 'rbd/a' });
    await world.wait(SECOND);
    expect(status(world).retry).not.toBe(null);
    world.supervisor.trigger('vms');
    await world.wait(SECOND);
    expect(status(world).retry?.attempt).toBe(1);
    world.plan = () => ({ ms: 0 });
    world.supervisor.trigger('vms');
    await world.wait(SECOND);
    expect(status(world).retry).toBe(null);
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
    expect(status(world).retry).toBe(null);
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
    expect(status(world)).toMatchObject({ retry: { attempt: 1 } });
    await world.wait(MINUTE);
    expect(world.runs).toHaveLength(1);
  });
});

describe('what is told', () => {
  it('has the progress of a run, and its end', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.settle();
    const at = world.now();
    const source = 'rbd/a';
    world.runs[0]?.tell({ type: 'sources-selected', at, sources: [source, 'rbd/b'] });
    world.runs[0]?.tell({ type: 'transfer-phase', at, source, phase: 'diff' });
    expect(status(world).running).toEqual({
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
        { source, phase: 'diff', since: at, bytesDone: 0, bytesTotal: null, entries: null },
      ],
    });
    expect(JSON.parse(JSON.stringify(world.supervisor.status()))).toEqual(
      world.supervisor.status(),
    );
    await world.wait(MINUTE);
    expect(status(world)).toMatchObject({
      kind: 'rbd',
      schedule: 'every 15 minutes',
      running: null,
      last: { run: 'run-1', outcome: 'ok', at: BEGIN + MINUTE, durationMs: MINUTE, error: null },
    });
  });

  it('reaches the history with an end, also when the run itself told none, and only one', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms')],
      plan: (_, count) => ({ ms: SECOND, silent: count === 0 }),
    });
    for (const _ of ['silent', 'not']) {
      world.supervisor.trigger('vms');
      await world.wait(2 * SECOND);
    }
    const [, second] = world.runs;
    second?.tell({ type: 'checkpoint', at: world.now(), source: 'rbd/a', offset: 1 });
    second?.tell({ ...END, at: world.now() });
    expect([...world.ends]).toEqual([
      ['run-1', 1],
      ['run-2', 1],
    ]);
  });

  it('is numbered without gaps, and a listener that fails harms nobody', async () => {
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
    expect(world.supervisor.status().seq).toBe(6);
    world.supervisor.resume('vms');
    await world.settle();
    expect(seen).toHaveLength(6);
  });
});
