import { describe, expect, it } from 'vitest';
import {
  BEGIN,
  CANCEL_MS,
  createWorld,
  daemonJob,
  dueAt,
  everyMinutes,
  jobOf,
  starts,
  type World,
} from '../../test/support/daemon-world.ts';
import { LONGEST_SLEEP_MS } from '../schedule/decide.ts';

const [SECOND, MINUTE] = [1000, 60_000];
const QUARTER = daemonJob('vms', everyMinutes(15));

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
    expect(jobOf(world).next?.dueAt).toBe(BEGIN + 45 * MINUTE);
  });

  it('runs only when it is triggered without one', async () => {
    await using world = createWorld({ jobs: [daemonJob('vms')] });
    await world.wait(60 * MINUTE);
    expect(world.runs).toEqual([]);
    expect(jobOf(world)).toMatchObject({ schedule: 'only when triggered', next: null });
  });

  it('skips what is due while its last run goes on, and counts that', async () => {
    await using world = createWorld({ jobs: [QUARTER], plan: () => ({ ms: 40 * MINUTE }) });
    await world.wait(46 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 45']);
    expect(jobOf(world)).toMatchObject({ missed: 0, overlapped: 2 });
  });

  it('skips what came due a moment before the end of a run', async () => {
    await using world = createWorld({
      jobs: [QUARTER],
      late: [5 * SECOND],
      plan: () => ({ ms: 15 * MINUTE + SECOND }),
    });
    await world.wait(29 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0']);
    expect(jobOf(world).overlapped).toBe(1);
  });

  it('counts what was missed, and runs once for all of it', async () => {
    await using world = createWorld({ jobs: [QUARTER], states: { vms: dueAt(-61) } });
    await world.settle();
    expect(world.begun).toMatchObject([{ dueAt: BEGIN - MINUTE }]);
    expect(jobOf(world)).toMatchObject({ missed: 3, lastDueAt: BEGIN - MINUTE });
  });

  it('that nobody understands is shown, and is no trouble for others', async () => {
    const schedule = { kind: 'cron', cron: 'nonsense', timezone: 'UTC' } as const;
    const bad = daemonJob('bad', { ...schedule, jitter: 0, catchUp: true });
    await using world = createWorld({ jobs: [bad, QUARTER] });
    await world.wait(MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0']);
    expect(jobOf(world, 'bad').problem).toMatchObject({ code: 'unexpected' });
    world.supervisor.reload([daemonJob('bad')], { runs: 1 });
    expect(jobOf(world, 'bad').problem).toBe(null);
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
    expect(jobOf(world)).toMatchObject({
      problem: { message: 'no space left' },
      queued: { cause: 'schedule' },
      overlapped: 0,
    });
    world.failStates(null);
    await world.wait(LONGEST_SLEEP_MS);
    expect(world.begun[1]).toMatchObject({ dueAt: BEGIN + 15 * MINUTE });
    expect(jobOf(world)).toMatchObject({ problem: null, queued: null });
  });

  it('does not keep other jobs, nor those that are triggered, from running', async () => {
    await using world = createWorld({ jobs: [QUARTER, daemonJob('homes')], limits: { runs: 1 } });
    await world.wait(10 * MINUTE);
    world.failStates(new Error('no space left'));
    await world.wait(10 * MINUTE);
    expect(world.supervisor.trigger('homes')).toMatchObject({ state: 'started' });
    expect(() => world.supervisor.pause('homes')).toThrow('no space left');
    expect(jobOf(world, 'homes').pausedAt).toBe(null);
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
    expect(jobOf(world, 'b').queued).toEqual({ since: BEGIN + 3 * MINUTE, cause: 'schedule' });
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
    expect(jobOf(world, 'b')).toMatchObject({ overlapped: 2, missed: 0, running: null });
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
    expect(jobOf(world, 'c').running).not.toBe(null);
    expect(jobOf(world, 'b').running).toBe(null);
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
    expect(jobOf(world).overlapped).toBe(1);
  });

  it('that cannot be started has failed', async () => {
    await using world = createWorld({
      jobs: [daemonJob('vms')],
      plan: () => ({ ms: 0, throws: new Error('fork: EAGAIN') }),
    });
    const result = world.supervisor.trigger('vms');
    await world.settle();
    expect(jobOf(world)).toMatchObject({
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
    expect(world.states.get('vms')).toMatchObject({ ...dueAt(0), pausedAt: BEGIN + 10 * MINUTE });
    expect(jobOf(world)).toMatchObject({ pausedAt: BEGIN + 10 * MINUTE, next: null });
    world.supervisor.resume('vms');
    world.supervisor.resume('vms');
    expect(world.states.get('vms')).toMatchObject(dueAt(45));
    await world.wait(11 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 60']);
    expect(jobOf(world)).toMatchObject({ missed: 0, overlapped: 0 });
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
    expect(jobOf(world).last?.outcome).toBe('ok');
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
    expect(jobOf(world).running?.cancelling).toBe(true);
    world.supervisor.cancel({ run: 'run-1' });
    expect(world.runs[0]?.cancels).toBe(2);
    await world.wait(SECOND);
    expect(jobOf(world).last?.outcome).toBe('cancelled');
    await world.wait(10 * MINUTE);
    expect(jobOf(world).retry).toBe(null);
  });

  it('leaves the queue, and is not due again', async () => {
    const jobs = [daemonJob('a', everyMinutes(60)), daemonJob('b', everyMinutes(60))];
    await using world = createWorld({ jobs, limits: { runs: 1 } });
    await world.settle();
    expect(world.states.get('b')?.lastDueAt ?? null).toBe(null);
    world.supervisor.cancel({ job: 'b' });
    expect(world.states.get('b')).toMatchObject(dueAt(0));
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
    expect(jobOf(world)).toMatchObject({ removed: true, next: null });
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

describe('another schedule', () => {
  const DAILY = daemonJob('vms', everyMinutes(24 * 60));
  const missed = (world: World) =>
    world.events
      .map((event) => (event.type === 'job-due' ? event.missed : 0))
      .reduce((a, b) => a + b);

  it('has missed nothing of what it would have had due before it was loaded', async () => {
    await using world = createWorld({ jobs: [DAILY] });
    await world.wait(10 * 60 * MINUTE + 7 * MINUTE);
    world.supervisor.reload([QUARTER], { runs: 100 });
    await world.wait(20 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 615']);
    expect(jobOf(world)).toMatchObject({ missed: 0, overlapped: 0 });
    expect(world.events.filter(({ type }) => type === 'schedule-changed')).toHaveLength(1);
  });

  it('nor when it was changed while the daemon did not run', async () => {
    await using world = createWorld({ jobs: [DAILY] });
    await world.wait(2 * MINUTE);
    await world.crash(10 * 60 * MINUTE, { jobs: [QUARTER], limits: { runs: 100 } });
    await world.wait(20 * MINUTE);
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 615']);
    expect(missed(world)).toBe(0);
    // The next daemon knows it, and what it finds missed is missed.
    await world.crash(60 * MINUTE);
    await world.wait(MINUTE);
    expect(missed(world)).toBe(3);
  });

  it('makes up for what came due by the old one while the daemon did not run', async () => {
    await using world = createWorld({ jobs: [DAILY] });
    await world.wait(2 * MINUTE);
    await world.crash(30 * 60 * MINUTE, { jobs: [QUARTER], limits: { runs: 100 } });
    expect(starts(world)).toEqual(['vms schedule 0', 'vms schedule 1802']);
    expect(missed(world)).toBe(0);
  });

  it('is none when only the jitter is another', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(2 * MINUTE);
    const jobs = [daemonJob('vms', everyMinutes(15, { jitter: MINUTE }))];
    await world.crash(60 * MINUTE, { jobs, limits: { runs: 100 } });
    await world.wait(MINUTE);
    expect(missed(world)).toBe(3);
  });

  it('is kept at once, so that what it has due is not taken for what the old one had', async () => {
    await using world = createWorld({ jobs: [DAILY] });
    await world.wait(60 * MINUTE);
    const jobs = [daemonJob('vms', everyMinutes(12 * 60))];
    world.supervisor.reload(jobs, { runs: 100 });
    await world.crash(15 * 60 * MINUTE, { jobs, limits: { runs: 100 } });
    expect(starts(world)).toEqual(['vms schedule 0', `vms schedule ${16 * 60}`]);
  });

  it('of a job that is resumed makes up for nothing either', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(2 * MINUTE);
    world.supervisor.pause('vms');
    world.supervisor.reload([DAILY], { runs: 100 });
    await world.wait(60 * 60 * MINUTE);
    world.supervisor.resume('vms');
    await world.settle();
    expect(starts(world)).toEqual(['vms schedule 0']);
  });

  it('does not make up for the time in which the job had none, or was paused', async () => {
    await using world = createWorld({ jobs: [QUARTER] });
    await world.wait(2 * MINUTE);
    world.supervisor.reload([daemonJob('vms')], { runs: 100 });
    await world.wait(60 * MINUTE);
    world.supervisor.reload([QUARTER], { runs: 100 });
    world.supervisor.pause('vms');
    world.supervisor.reload([daemonJob('vms', everyMinutes(5))], { runs: 100 });
    await world.wait(60 * MINUTE);
    world.supervisor.resume('vms');
    await world.settle();
    expect(starts(world)).toEqual(['vms schedule 0']);
    expect(missed(world)).toBe(0);
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
    expect(jobOf(world, 'a').last?.outcome).toBe('ok');
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
    expect(jobOf(world)).toMatchObject({ running: null, last: { outcome: 'cancelled' } });
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
