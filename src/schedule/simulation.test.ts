import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Schedule } from '../core/schedule.ts';
import {
  type Appointment,
  type Decision,
  decide,
  type Kept,
  LONGEST_SLEEP_MS,
  ON_TIME_MS,
} from './decide.ts';
import { type DueTimes, dueTimes } from './due-times.ts';

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/** Many more find rarer histories: SCHEDULE_RUNS=1000. */
const RUNS = Number(process.env['SCHEDULE_RUNS'] ?? 30);
vi.setConfig({ testTimeout: 60_000 + 500 * RUNS });

/** The evening before clocks are set back in Zurich. */
const BEGIN = Date.UTC(2026, 9, 24, 21);

/** A timer of a busy machine fires late by as much. */
const MOST_LATE_MS = 5 * SECOND;

/** Far more than anybody asks who sleeps in between. */
const MOST_ASKED = 20_000;

/** What happens to the daemon, one after the other. */
type Step =
  | { readonly does: 'wait'; readonly ms: number }
  /** The process is gone, and its run with it. */
  | { readonly does: 'down'; readonly ms: number }
  /** The machine is asleep: a run goes on afterwards. */
  | { readonly does: 'sleep'; readonly ms: number }
  /** Somebody sets the clock, which nobody tells the daemon. */
  | { readonly does: 'set'; readonly ms: number };

/** The daemon asked what to do. */
interface Asked {
  /** What a clock would show that nobody ever sets. */
  readonly true: number;
  /** What the clock of the machine showed. */
  readonly now: number;
  readonly kept: Kept;
  readonly decision: Decision;
}

interface World {
  readonly schedule: Schedule;
  readonly steps: readonly Step[];
  /** How long runs take, and by how much timers are late: from the beginning again when all were used. */
  readonly durations: readonly number[];
  readonly late: readonly number[];
}

/** The daemon's loop over one job, as it is meant to be, in a world in which time is a variable. */
function simulate({ schedule, steps, durations, late }: World): readonly Asked[] {
  const job = { name: 'vms', schedule };
  const asked: Asked[] = [];
  let [time, offset, runs] = [BEGIN, 0, 0];
  let kept: Kept = { lastDueAt: null, runningSince: null };
  let runEnds = Number.POSITIVE_INFINITY;
  let wakes = BEGIN;

  function ask(): void {
    if (asked.length > MOST_ASKED) throw new Error('the daemon does not sleep');
    const now = time + offset;
    const decision = decide(job, kept, now);
    asked.push({ true: time, now, kept, decision });
    const { start, lastDueAt, next } = decision;
    kept = { ...kept, lastDueAt };
    if (start !== null) {
      kept = { ...kept, runningSince: now };
      runEnds = time + (durations[runs++ % durations.length] ?? 0);
    }
    const startAt = next?.startAt ?? Number.POSITIVE_INFINITY;
    wakes =
      time + Math.min(startAt - now, LONGEST_SLEEP_MS) + (late[asked.length % late.length] ?? 0);
  }
  function wait(ms: number): void {
    const end = time + ms;
    while (Math.min(wakes, runEnds) <= end) {
      time = Math.max(time, Math.min(wakes, runEnds));
      ask();
      if (runEnds > time || kept.runningSince === null) continue;
      kept = { ...kept, runningSince: null };
      runEnds = Number.POSITIVE_INFINITY;
      ask();
    }
    time = end;
  }
  for (const { does, ms } of steps) {
    if (does === 'wait') wait(ms);
    else if (does === 'set') offset += ms;
    else {
      time += ms;
      if (does === 'sleep') runEnds += ms;
      else {
        runEnds = Number.POSITIVE_INFINITY;
        kept = { ...kept, runningSince: null };
        wakes = time;
      }
    }
  }
  return asked;
}

/** The due times as they are from the point of view of a decision. */
function timesOf(schedule: Schedule, { decision }: Asked): DueTimes {
  return dueTimes(schedule, decision.lastDueAt);
}

function startsOf(asked: readonly Asked[]): (Asked & { readonly start: Appointment })[] {
  return asked.flatMap((one) => {
    const { start } = one.decision;
    return start === null ? [] : [{ ...one, start }];
  });
}

/** Whether the clock was found to be set back so far that `lastDueAt` was not believed any more. */
function isReset({ kept, decision }: Asked): boolean {
  return kept.lastDueAt !== null && decision.lastDueAt < kept.lastDueAt;
}

const duration = (least: number, most: number) =>
  fc.integer({ min: least / SECOND, max: most / SECOND }).map((seconds) => seconds * SECOND);

const common = { jitter: duration(0, 2 * HOUR), catchUp: fc.boolean() };
const every = fc
  .record({ kind: fc.constant('every' as const), every: duration(MINUTE, 3 * HOUR), ...common })
  .map((schedule) => ({ ...schedule, jitter: Math.min(schedule.jitter, schedule.every) }));
const cron = fc.record({
  kind: fc.constant('cron' as const),
  cron: fc.constantFrom('*/15 * * * *', '0 * * * *', '10,50 */2 * * *', '30 0-23/3 * * *'),
  timezone: fc.constantFrom('UTC', 'Europe/Zurich', 'Australia/Lord_Howe'),
  ...common,
});
const schedule: fc.Arbitrary<Schedule> = fc.oneof({ weight: 9, arbitrary: every }, cron);

/** No schedule above has a longer interval, also when clocks are changed. */
const LONGEST_INTERVAL_MS = 4 * HOUR;

/** By how much later than it should the daemon may notice that a clock was set, and wake. */
const LATENESS_MS = LONGEST_SLEEP_MS + 2 * MOST_LATE_MS;

/** Two intervals and the jitter, which is no longer. */
const LAST_WAIT_MS = 3 * LONGEST_INTERVAL_MS + LATENESS_MS;

const wait = fc.record({ does: fc.constant('wait' as const), ms: duration(SECOND, 4 * HOUR) });
const absence = fc.record({
  does: fc.constantFrom('down' as const, 'sleep' as const),
  ms: duration(SECOND, 12 * HOUR),
});
const set = fc.record({
  does: fc.constant('set' as const),
  ms: fc.oneof(
    duration(-5 * MINUTE, 5 * MINUTE),
    duration(-12 * HOUR, 12 * HOUR),
    fc.constantFrom(-3000 * 24 * HOUR, 3000 * 24 * HOUR),
  ),
});

function world(step: fc.Arbitrary<Step>): fc.Arbitrary<World> {
  return fc.record({
    schedule,
    steps: fc.array(step, { minLength: 1, maxLength: 6 }).map((steps) => [
      ...steps,
      // What is lost would be noticed: something comes due once more in the end.
      { does: 'wait' as const, ms: LAST_WAIT_MS },
    ]),
    durations: fc.array(fc.oneof(duration(0, MINUTE), duration(0, HOUR), duration(0, 10 * HOUR)), {
      minLength: 1,
      maxLength: 4,
    }),
    late: fc.array(fc.integer({ min: 0, max: MOST_LATE_MS }), { minLength: 1, maxLength: 4 }),
  });
}

const anything = world(fc.oneof(wait, absence, set));

function check(worlds: fc.Arbitrary<World>, property: (world: World) => void): void {
  fc.assert(fc.property(worlds, property), { numRuns: RUNS });
}

/** What holds of every single decision, whatever happens to the machine and its clock. */
const RULES: Readonly<
  Record<string, (one: Asked, times: DueTimes, schedule: Schedule) => boolean>
> = {
  'a run starts when it is due and its jitter is over': ({ now, decision: { start } }) =>
    start === null || (start.dueAt <= start.startAt && start.startAt <= now),
  'a run starts only when none goes on': ({ kept, decision: { start } }) =>
    start === null || kept.runningSince === null,
  'what starts late is the newest that is due, and starts only when it may': (
    { now, decision: { start } },
    times,
    { catchUp },
  ) =>
    start === null ||
    now - start.startAt <= ON_TIME_MS ||
    (catchUp && times.upTo(now) === start.dueAt),
  'jitter is bounded, and over before the next due time': ({ decision }, times, { jitter }) =>
    [decision.start, decision.next].every(
      (one) =>
        one === null ||
        (one.dueAt <= one.startAt &&
          one.startAt <= one.dueAt + jitter &&
          one.startAt < (times.after(one.dueAt) ?? Number.NaN)),
    ),
  'each due time is started, missed or overlapped, and only one of these': (one, times) => {
    const { start, missed, overlapped, lastDueAt } = one.decision;
    const dealtWith = (start === null ? 0 : 1) + missed + overlapped;
    if (missed > 0 && overlapped > 0) return false;
    if (one.kept.lastDueAt === null) return dealtWith <= 1;
    if (isReset(one)) return dealtWith === 0;
    return dealtWith === times.count(one.kept.lastDueAt, lastDueAt);
  },
  'nothing is forgotten while the clock is not a whole interval behind': (one, times) =>
    !isReset(one) || (times.after(one.now) ?? Number.NaN) < (one.kept.lastDueAt ?? Number.NaN),
  'something comes after now: the next due time, or the second after a clock was set back': (
    { now, kept, decision: { next } },
    times,
  ) => {
    const first = times.after(now) ?? Number.NaN;
    const second = times.after(first) ?? Number.NaN;
    const latest = kept.lastDueAt !== null && kept.lastDueAt > now ? second : first;
    return next !== null && next.startAt > now && next.dueAt <= latest;
  },
};

describe('whatever happens to the machine and its clock', () => {
  it('each decision keeps the rules', () => {
    check(anything, (world) => {
      const broken = simulate(world).flatMap((one) => {
        const times = timesOf(world.schedule, one);
        return Object.entries(RULES)
          .filter(([, holds]) => !holds(one, times, world.schedule))
          .map(([rule]) => ({ rule, ...one }));
      });
      expect(broken).toEqual([]);
    });
  });

  it('no due time is run twice, unless the clock was set back by more than an interval', () => {
    check(anything, (world) => {
      let run = new Set<number>();
      for (const one of simulate(world)) {
        if (isReset(one)) run = new Set();
        const dueAt = one.decision.start?.dueAt;
        if (dueAt === undefined) continue;
        expect(run).not.toContain(dueAt);
        run.add(dueAt);
      }
    });
  });

  it('goes on: in the end something comes due within two intervals and the jitter', () => {
    check(anything, (world) => {
      const asked = simulate(world);
      const { schedule } = world;
      const interval = schedule.kind === 'every' ? schedule.every : LONGEST_INTERVAL_MS;
      const within = 2 * interval + Math.min(schedule.jitter, interval) + LATENESS_MS;
      const from = (asked.at(-1)?.true ?? Number.NaN) - within;
      const goesOn = ({ true: time, kept, decision }: Asked): boolean =>
        time >= from && decision.lastDueAt !== kept.lastDueAt;
      expect(asked.some(goesOn)).toBe(true);
    });
  });
});

it('a due time has the same jitter each time it is looked at', () => {
  check(anything, (world) => {
    const known = new Map<number, number>();
    for (const { decision } of simulate(world)) {
      for (const appointment of [decision.start, decision.next]) {
        if (appointment === null) continue;
        const { dueAt, startAt } = appointment;
        expect(known.get(dueAt) ?? startAt).toBe(startAt);
        known.set(dueAt, startAt);
      }
    }
  });
});

it('without absence and with a clock that nobody sets, each due time is run or overlapped', () => {
  const worlds = world(wait).map(({ schedule, ...rest }) => {
    // Two starts that lie closer together than a timer is late cannot be told apart.
    const most = schedule.kind === 'every' ? schedule.every / 2 : 7 * MINUTE;
    return { ...rest, schedule: { ...schedule, jitter: Math.min(schedule.jitter, most) } };
  });
  check(worlds, (world) => {
    const asked = simulate(world);
    const last = asked.at(-1);
    if (last === undefined) throw new Error('nobody asked');
    const sum = (of: (decision: Decision) => number): number =>
      asked.reduce((total, { decision }) => total + of(decision), 0);
    // A pattern waits for its first time, every other schedule is due at once.
    const from = world.schedule.kind === 'cron' ? BEGIN : BEGIN - 1;
    const due = timesOf(world.schedule, last).count(from, last.decision.lastDueAt);
    expect(sum(({ missed }) => missed)).toBe(0);
    expect(sum(({ overlapped }) => overlapped) + startsOf(asked).length).toBe(due);
    expect(last.decision.next?.startAt).toBeGreaterThan(last.now);
  });
});

it('a clock that is set by less than an interval in all never makes anything run twice', () => {
  const part = fc.oneof(fc.constantFrom(-1, 1), fc.double({ min: -1, max: 1, noNaN: true }));
  const setPart = part.map((part) => ({ does: 'set' as const, ms: part }));
  const steps = fc.array(fc.oneof(wait, absence, setPart), { minLength: 2, maxLength: 6 });
  const worlds = fc.tuple(world(wait), every, steps).map(([world, schedule, steps]): World => {
    const share = (schedule.every - 1) / steps.filter(({ does }) => does === 'set').length;
    const bounded = steps.map(({ does, ms }) => {
      return { does, ms: does === 'set' ? Math.trunc(share * ms) : ms };
    });
    return { ...world, schedule, steps: [...bounded, ...world.steps] };
  });
  check(worlds, (world) => {
    const asked = simulate(world);
    const dueTimes = startsOf(asked).map(({ start }) => start.dueAt);
    expect(asked.some(isReset)).toBe(false);
    expect(new Set(dueTimes).size).toBe(dueTimes.length);
  });
});

it('after an absence one run makes up for all that was missed, or none does', () => {
  const worlds = fc
    .tuple(schedule, duration(SECOND, 4 * HOUR), duration(SECOND, 40 * HOUR), absence)
    .map(([schedule, before, ms, { does }]): World => {
      const steps = [
        { does: 'wait', ms: before },
        { does, ms },
        { does: 'wait', ms: LAST_WAIT_MS },
      ] as const;
      return { schedule, steps, durations: [SECOND], late: [0] };
    });
  check(worlds, (world) => {
    const [before, absence] = world.steps;
    const back = BEGIN + (before?.ms ?? 0) + (absence?.ms ?? 0);
    const after = simulate(world).filter((one) => one.true >= back);
    const [first] = after;
    if (first === undefined) throw new Error('nobody asked');
    const times = timesOf(world.schedule, first);
    const newest = times.upTo(back) ?? Number.NaN;
    const following = times.after(back) ?? Number.NaN;
    const starts = startsOf(after).filter(({ true: time }) => time < following);
    const { missed, start, next } = first.decision;
    const isOnTime = start !== null && back - start.startAt <= ON_TIME_MS;
    if (missed === 0 || isOnTime) return;
    // What is due already and only waits for its jitter to be over is run then, and nothing before it.
    const isPending = next?.dueAt === newest;
    expect(start !== null).toBe(world.schedule.catchUp && !isPending);
    expect(starts.map(({ start }) => start.dueAt)).toEqual(
      isPending || world.schedule.catchUp ? [newest] : [],
    );
  });
});
