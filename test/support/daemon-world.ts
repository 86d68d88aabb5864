import { parseConfig } from '../../src/config/parse.ts';
import type { ErrorReport, RetryClass } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { JobState } from '../../src/core/job-state.ts';
import type { Schedule } from '../../src/core/schedule.ts';
import type { DaemonEvent } from '../../src/daemon/feed.ts';
import type { BegunRun, DaemonJob, Limits } from '../../src/daemon/ports.ts';
import type { JobStatus } from '../../src/daemon/status.ts';
import { createSupervisor, type Supervisor } from '../../src/daemon/supervisor.ts';
import type { RunHandle, RunOrder, RunResult } from '../../src/runner/start.ts';

export const BEGIN = Date.UTC(2026, 10, 23, 10);

/** How a run goes. */
export interface RunPlan {
  readonly ms: number;
  /** Of the run as a whole; by default it ends well. */
  readonly fails?: RetryClass;
  /** Of one of its sources. */
  readonly sourceFails?: RetryClass;
  /** It cannot be started at all. */
  readonly throws?: Error;
  /** Its process is gone without a word, but for the result. */
  readonly silent?: boolean;
}

/** How long a run goes on that was asked to end. */
export const CANCEL_MS = 3000;

/** A run as its process would see it. */
export interface FakeRun {
  readonly id: string;
  readonly order: RunOrder;
  readonly plan: RunPlan;
  readonly startedAt: number;
  readonly tell: (event: RunEvent) => void;
  readonly end: (outcome?: RunResult['outcome'], error?: ErrorReport | null) => void;
  endsAt: number;
  cancels: number;
  outcome: RunResult['outcome'] | null;
}

export interface KeptState {
  readonly life: number;
  readonly seq: number;
  readonly job: string;
  readonly state: JobState;
}

interface Configured {
  readonly jobs: readonly DaemonJob[];
  readonly limits: Limits;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A daemon in a world in which time is a variable. Its states and its history outlive it. */
export interface World extends AsyncDisposable {
  readonly supervisor: Supervisor;
  /** What a clock would show that nobody sets, in milliseconds since 1970. */
  readonly time: number;
  /** What the clock shows. */
  now(): number;
  readonly timers: ReadonlySet<Timer>;
  readonly runs: readonly FakeRun[];
  readonly states: ReadonlyMap<string, JobState>;
  readonly begun: readonly (BegunRun & { readonly kept: JobState; readonly life: number })[];
  readonly ends: ReadonlyMap<string, number>;
  /** What was made durable; after which event, of which process. */
  readonly sets: readonly KeptState[];
  readonly events: readonly (DaemonEvent & { readonly life: number })[];
  /** Fails all writes of states from now on; null lets them pass. */
  failStates(error: Error | null): void;
  plan: (order: RunOrder, count: number) => RunPlan;
  /** Lets time go by, and everything happen in it. */
  wait(ms: number): Promise<void>;
  setClock(byMs: number): void;
  /** Lets what was promised come. */
  settle(): Promise<void>;
  /** The process ends at once and its runs with it; after some time there is another. */
  crash(absentMs: number, configured?: Configured): Promise<void>;
  /** Another process, after this one has ended as it should. */
  restart(configured?: Configured): Promise<void>;
}

export interface WorldOptions {
  readonly jobs: readonly DaemonJob[];
  readonly limits?: Limits;
  readonly states?: Readonly<Record<string, JobState>>;
  /** A timer fires late by as much; from the beginning again when all were used. */
  readonly late?: readonly number[];
  readonly start?: boolean;
  /** By default a run takes a minute and ends well. */
  readonly plan?: World['plan'];
}

export function createWorld(options: WorldOptions): World {
  const { late = [0], start = true, jobs, limits = { runs: 100 } } = options;
  let configured: Configured = { jobs, limits };
  let supervisor: Supervisor;
  let [time, offset, life, timersSet] = [BEGIN, 0, 0, 0];
  let failure: Error | null = null;
  let timers = new Set<Timer>();
  const states = new Map(Object.entries(options.states ?? {}));
  const runs: FakeRun[] = [];
  const begun: (BegunRun & { kept: JobState; life: number })[] = [];
  const ends = new Map<string, number>();
  const sets: KeptState[] = [];
  const events: (DaemonEvent & { life: number })[] = [];
  const keptOf = (job: string): JobState => states.get(job) ?? { lastDueAt: null, pausedAt: null };

  function born(): Supervisor {
    const mine = ++life;
    const here = new Set<Timer>();
    timers = here;
    const onlyAlive = (): void => {
      if (mine !== life) throw new Error('a process that is gone does something');
    };
    const it = createSupervisor({
      ...configured,
      clock: {
        now: () => time + offset,
        setTimer(ms, callback) {
          if (!(ms >= 0)) throw new Error(`a timer of ${ms} ms`);
          const timer = { at: time + ms + (late[timersSet++ % late.length] ?? 0), callback };
          here.add(timer);
          return { [Symbol.dispose]: () => void here.delete(timer) };
        },
      },
      states: {
        get: keptOf,
        set(job, state) {
          onlyAlive();
          if (failure !== null) throw failure;
          states.set(job, state);
          sets.push({ life: mine, seq: it.status().seq, job, state });
        },
      },
      history: {
        begin(run) {
          begun.push({ ...run, kept: keptOf(run.job), life: mine });
        },
        event(run, event) {
          if (event.type === 'run-finished') ends.set(run, (ends.get(run) ?? 0) + 1);
        },
      },
      start(order, onEvent) {
        onlyAlive();
        return startFake(order, onEvent);
      },
    });
    it.subscribe((event) => events.push({ ...event, life: mine }));
    if (start) it.start();
    return it;
  }

  function startFake(order: RunOrder, onEvent: (event: RunEvent) => void): RunHandle {
    const plan = world.plan(order, runs.length);
    if (plan.throws !== undefined) throw plan.throws;
    const { promise, resolve } = Promise.withResolvers<RunResult>();
    const id = `run-${runs.length + 1}`;
    const { name } = order.job;
    const startedAt = time;
    const run: FakeRun = {
      id,
      order,
      plan,
      startedAt,
      tell: onEvent,
      end(outcome = 'ok', error = null) {
        if (run.outcome !== null) return;
        run.outcome = outcome;
        if (plan.sourceFails !== undefined) {
          const error = failed(plan.sourceFails);
          onEvent({ type: 'transfer-failed', at: time + offset, source: 'rbd/bad', error });
        }
        const result: RunResult = {
          type: 'run-finished',
          at: time + offset,
          run: id,
          job: name,
          outcome,
          succeeded: 0,
          failed: 0,
          warnings: 0,
          durationMs: time - startedAt,
          peakRssBytes: 0,
          error,
        };
        if (plan.silent !== true) onEvent(result);
        resolve(result);
      },
      endsAt: time + plan.ms,
      cancels: 0,
      outcome: null,
    };
    runs.push(run);
    return {
      run: id,
      done: promise,
      cancel() {
        run.cancels++;
        run.endsAt = Math.min(run.endsAt, time + (run.cancels > 1 ? 0 : CANCEL_MS));
      },
    };
  }

  function endAsPlanned(run: FakeRun): void {
    const { fails, sourceFails } = run.plan;
    if (run.cancels > 0) run.end('cancelled', failed('never'));
    else if (fails !== undefined) run.end('failed', failed(fails));
    else run.end(sourceFails === undefined ? 'ok' : 'failed');
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }

  /** What happens first until then: the end of a run, or else a timer. */
  function nextUntil(until: number): { at: number; happen: () => void } | null {
    let next: { at: number; happen: () => void } | null = null;
    for (const run of runs) {
      if (run.outcome !== null || run.endsAt > until || run.endsAt >= (next?.at ?? Infinity))
        continue;
      next = { at: run.endsAt, happen: () => endAsPlanned(run) };
    }
    for (const timer of timers) {
      if (timer.at > until || timer.at >= (next?.at ?? Infinity)) continue;
      next = {
        at: timer.at,
        happen() {
          timers.delete(timer);
          timer.callback();
        },
      };
    }
    return next;
  }

  const world: World & { plan: World['plan'] } = {
    get supervisor() {
      return supervisor;
    },
    get time() {
      return time;
    },
    get timers() {
      return timers;
    },
    now: () => time + offset,
    runs,
    states,
    begun,
    ends,
    sets,
    events,
    plan: options.plan ?? (() => ({ ms: 60_000 })),
    failStates(error) {
      failure = error;
    },
    async wait(ms) {
      const end = time + ms;
      await settle();
      for (let next = nextUntil(end); next !== null; next = nextUntil(end)) {
        time = Math.max(time, next.at);
        next.happen();
        await settle();
      }
      time = end;
    },
    setClock(byMs) {
      offset += byMs;
    },
    settle,
    async crash(absentMs, next = configured) {
      await settle();
      timers = new Set();
      for (const run of runs) run.outcome ??= 'cancelled';
      time += absentMs;
      configured = next;
      supervisor = born();
      await settle();
    },
    async restart(next = configured) {
      configured = next;
      supervisor = born();
      await settle();
    },
    async [Symbol.asyncDispose]() {
      const ended = supervisor[Symbol.asyncDispose]();
      await world.wait(CANCEL_MS);
      await ended;
    },
  };
  supervisor = born();
  return world;
}

/** What the daemon tells of a job. */
export function jobOf(world: World, job = 'vms'): JobStatus {
  const found = world.supervisor.status().jobs.find(({ name }) => name === job);
  if (found === undefined) throw new Error(`no ${job}`);
  return found;
}

/** Minutes after the beginning at which runs were started, and why. */
export function starts(world: World): string[] {
  return world.begun.map(({ startedAt, cause, job }) => {
    return `${job} ${cause} ${(startedAt - BEGIN) / 60_000}`;
  });
}

/** The state of a job that was last due so many minutes after the beginning. */
export function dueAt(minutes: number) {
  return { lastDueAt: BEGIN + minutes * 60_000, pausedAt: null };
}

export function failed(retry: RetryClass): ErrorReport {
  return { code: 'ceph-failed', message: 'the cluster does not want to', retry, causes: [] };
}

export function everyMinutes(minutes: number, rest: Partial<Schedule> = {}): Schedule {
  return { kind: 'every', every: minutes * 60_000, jitter: 0, catchUp: true, ...rest } as Schedule;
}

/** A job as the configuration would have it. */
export function daemonJob(name: string, schedule?: Schedule, prefix = 'c2z'): DaemonJob {
  const source = { type: 'rbd', select: ['rbd/*'] };
  const target = { type: 'zfs', dataset: 'tank/backup' };
  const text = JSON.stringify({ jobs: [{ name, source, target, snapshot: { prefix } }] });
  const [job] = parseConfig(text, 'test.yaml').jobs;
  if (job === undefined) throw new Error('no job');
  return { job, schedule };
}
