import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { checkLedger } from '../../test/support/daemon-ledger.ts';
import {
  CANCEL_MS,
  createWorld,
  daemonJob,
  type RunPlan,
  type World,
} from '../../test/support/daemon-world.ts';
import type { Schedule } from '../core/schedule.ts';
import { LONGEST_SLEEP_MS } from '../schedule/decide.ts';
import { DaemonError } from './errors.ts';
import type { DaemonJob } from './ports.ts';
import type { TriggerOptions } from './supervisor.ts';

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/** Many more find rarer histories: DAEMON_RUNS=2000. */
const RUNS = Number(process.env['DAEMON_RUNS'] ?? 30);
vi.setConfig({ testTimeout: 60_000 + 500 * RUNS });

const NAMES = ['a', 'b', 'c'];

/** No schedule below has a longer interval. */
const LONGEST_INTERVAL_MS = HOUR;

/** Two intervals, the jitter, which is no longer than one, and what timers are late. */
const LAST_WAIT_MS = 3 * LONGEST_INTERVAL_MS + 2 * LONGEST_SLEEP_MS;

type Configuration = { readonly jobs: readonly DaemonJob[]; readonly limits: { runs: number } };

type Step =
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'trigger'; readonly job: string; readonly options: TriggerOptions }
  | { readonly does: 'pause' | 'resume'; readonly job: string }
  | { readonly does: 'cancel'; readonly job: string }
  | { readonly does: 'reload'; readonly to: Configuration }
  /** Whether states can be written from now on. */
  | { readonly does: 'disk'; readonly full: boolean }
  /** The process is gone, and its runs with it. */
  | { readonly does: 'crash'; readonly ms: number }
  /** The daemon is ended as it should be, and started again. */
  | { readonly does: 'restart'; readonly drainMs: number; readonly ms: number }
  /** Somebody sets the clock. */
  | { readonly does: 'set'; readonly ms: number };

interface History {
  readonly first: Configuration;
  readonly steps: readonly Step[];
  /** From the beginning again when all were used, as with what timers are late. */
  readonly plans: readonly RunPlan[];
  readonly late: readonly number[];
}

const duration = (least: number, most: number) =>
  fc.integer({ min: least / SECOND, max: most / SECOND }).map((seconds) => seconds * SECOND);

const common = { jitter: duration(0, HOUR), catchUp: fc.boolean() };
const every = fc
  .record({
    kind: fc.constant('every' as const),
    every: duration(MINUTE, LONGEST_INTERVAL_MS),
    ...common,
  })
  .map((schedule) => ({ ...schedule, jitter: Math.min(schedule.jitter, schedule.every) }));
const cron = fc.record({
  kind: fc.constant('cron' as const),
  cron: fc.constantFrom('*/15 * * * *', '0 * * * *'),
  timezone: fc.constant('UTC'),
  ...common,
});
const schedule: fc.Arbitrary<Schedule> = fc.oneof({ weight: 5, arbitrary: every }, cron);

const configuration: fc.Arbitrary<Configuration> = fc.record({
  jobs: fc
    .tuple(
      fc.subarray(NAMES, { minLength: 2 }),
      fc.array(fc.option(schedule, { nil: undefined, freq: 5 }), { minLength: 3, maxLength: 3 }),
    )
    .map(([names, schedules]) => names.map((name, index) => daemonJob(name, schedules[index]))),
  limits: fc.record({ runs: fc.integer({ min: 1, max: 2 }) }),
});

const job = fc.constantFrom(...NAMES);
const wait = fc.record({ does: fc.constant('wait' as const), ms: duration(0, 2 * HOUR) });
const asked = fc.oneof(
  fc.record({
    does: fc.constant('trigger' as const),
    job,
    options: fc.constantFrom({}, { only: 'rbd/a' }, { full: true }, { dryRun: true }),
  }),
  fc.record({ does: fc.constantFrom('pause' as const, 'resume' as const), job }),
  fc.record({ does: fc.constant('cancel' as const), job }),
  fc.record({ does: fc.constant('reload' as const), to: configuration }),
);
const ends = fc.oneof(
  fc.record({ does: fc.constant('disk' as const), full: fc.boolean() }),
  fc.record({ does: fc.constant('crash' as const), ms: duration(0, 5 * HOUR) }),
  fc.record({
    does: fc.constant('restart' as const),
    drainMs: fc.oneof(fc.constant(0), duration(0, HOUR)),
    ms: duration(0, 5 * HOUR),
  }),
);
const set = fc.record({
  does: fc.constant('set' as const),
  ms: fc.oneof(
    duration(-5 * MINUTE, 5 * MINUTE),
    duration(-12 * HOUR, 12 * HOUR),
    fc.constantFrom(-3000 * 24 * HOUR, 3000 * 24 * HOUR),
  ),
});

const retryClass = fc.constantFrom('never' as const, 'reconnect' as const, 'backoff' as const);
const ms = fc.oneof({ weight: 3, arbitrary: duration(0, 10 * MINUTE) }, duration(0, 2 * HOUR));
const plan: fc.Arbitrary<RunPlan> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ms }) },
  fc.record({ ms, fails: retryClass }),
  fc.record({ ms, sourceFails: retryClass }),
  fc.record({ ms, silent: fc.constant(true) }),
  fc.record({ ms, throws: fc.constant(new Error('fork: EAGAIN')) }),
);

/** Requests come at any time, and sometimes one upon the other. */
const pauseBetween = fc.record({
  does: fc.constant('wait' as const),
  ms: fc.oneof(fc.constant(0), duration(0, 40 * MINUTE)),
});

function histories(step: fc.Arbitrary<Step>): fc.Arbitrary<History> {
  return fc.record({
    first: configuration,
    steps: fc
      .array(fc.tuple(pauseBetween, step), { minLength: 5, maxLength: 20, size: 'max' })
      .map((steps) => steps.flat()),
    plans: fc.array(plan, { minLength: 1, maxLength: 5 }),
    late: fc.array(duration(0, 5 * SECOND), { minLength: 1, maxLength: 4 }),
  });
}

/** What was seen of a whole history. */
interface Seen {
  readonly world: World;
  /** What was configured, one after the other; the first event `reloaded` is for the second. */
  readonly configured: readonly Configuration[];
  /** What was configured when the process began. */
  readonly ofLife: readonly number[];
}

async function live({ first, steps, plans, late }: History): Promise<Seen> {
  const configured = [first];
  const ofLife = [0];
  const isCurrent = (name: string) => configured.at(-1)?.jobs.some(({ job }) => job.name === name);
  let planned = 0;
  const world: World = createWorld({
    jobs: first.jobs,
    limits: first.limits,
    late,
    plan({ job }) {
      const running = world.runs.filter(({ outcome }) => outcome === null);
      expect(running.map(({ order }) => order.job.name)).not.toContain(job.name);
      expect(running.length).toBeLessThan(configured.at(-1)?.limits.runs ?? 0);
      expect(isCurrent(job.name)).toBe(true);
      return plans[planned++ % plans.length] ?? { ms: 0 };
    },
  });

  for (const step of steps) {
    const { supervisor } = world;
    switch (step.does) {
      case 'wait':
        await world.wait(step.ms);
        break;
      case 'trigger':
        refusable(() => supervisor.trigger(step.job, step.options));
        break;
      case 'pause':
      case 'resume':
        refusable(() => supervisor[step.does](step.job));
        break;
      case 'cancel':
        refusable(() => supervisor.cancel({ job: step.job }));
        break;
      case 'reload':
        configured.push(step.to);
        supervisor.reload(step.to.jobs, step.to.limits);
        break;
      case 'disk':
        world.failStates(step.full ? DISK_FULL : null);
        break;
      case 'set':
        world.setClock(step.ms);
        break;
      case 'crash':
        ofLife.push(configured.length - 1);
        await world.crash(step.ms, configured.at(-1));
        break;
      case 'restart':
        await drain(world, step.drainMs);
        await world.wait(step.ms);
        expectNothing(world);
        ofLife.push(configured.length - 1);
        await world.restart(configured.at(-1));
    }
    await world.settle();
  }
  world.failStates(null);
  for (const { name } of world.supervisor.status().jobs) {
    refusable(() => world.supervisor.resume(name));
  }
  // What is lost would be noticed: something comes due once more in the end.
  const before = world.events.length;
  await world.wait(LAST_WAIT_MS);
  const due = world.events
    .slice(before)
    .flatMap((one) => (one.type === 'job-due' ? [one.job] : []));
  const scheduled = configured.at(-1)?.jobs.filter(({ schedule }) => schedule !== undefined);
  for (const { job } of scheduled ?? []) expect(due).toContain(job.name);
  await drain(world, 0);
  expectNothing(world);
  return { world, configured, ofLife };
}

const DISK_FULL = new Error('no space left');

function refusable(request: () => void): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof DaemonError) && error !== DISK_FULL) throw error;
  }
}

async function drain(world: World, drainMs: number): Promise<void> {
  let isDone = false;
  const drained = world.supervisor.drain(drainMs).then(() => {
    isDone = true;
  });
  await world.wait(drainMs + CANCEL_MS + 5 * SECOND);
  expect(isDone).toBe(true);
  await drained;
}

function expectNothing({ runs, timers, supervisor }: World): void {
  expect(runs.filter(({ outcome }) => outcome === null)).toEqual([]);
  expect(timers.size).toBe(0);
  for (const { running, queued } of supervisor.status().jobs) {
    expect({ running, queued }).toEqual({ running: null, queued: null });
  }
}

/** What holds whatever happens, also to the clock. */
function expectTold({ world }: Seen, crashed: (life: number) => boolean): void {
  for (const { id, life } of world.begun) {
    if (!crashed(life) || world.ends.has(id)) expect([id, world.ends.get(id)]).toEqual([id, 1]);
  }
  const numbers = new Map<number, number>();
  for (const { life, seq } of world.events) {
    expect(seq).toBe((numbers.get(life) ?? 0) + 1);
    numbers.set(life, seq);
  }
}

function crashedLives(steps: readonly Step[]): (life: number) => boolean {
  const ends = steps.filter(({ does }) => does === 'crash' || does === 'restart');
  return (life) => ends[life - 1]?.does === 'crash';
}

async function check(step: fc.Arbitrary<Step>, more: (seen: Seen) => void): Promise<void> {
  const property = fc.asyncProperty(histories(step), async (history) => {
    const seen = await live(history);
    expectTold(seen, crashedLives(history.steps));
    more(seen);
  });
  await fc.assert(property, { numRuns: RUNS });
}

describe('whatever happens', () => {
  it('each due time is run, missed, overlapped or passed, once, and kept before its run', async () => {
    await check(fc.oneof(wait, { weight: 4, arbitrary: asked }, ends), checkLedger);
  });

  it('also to the clock, runs keep their limits, are told to their ends, and go on', async () => {
    await check(fc.oneof(wait, { weight: 2, arbitrary: asked }, ends, set), () => undefined);
  });
});
