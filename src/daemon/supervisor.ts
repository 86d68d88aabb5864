import type { RunResult } from '../runner/start.ts';
import { ruleOf } from './change-schedule.ts';
import { askRetry, askSchedule, keepState, setState, wakeTime } from './due.ts';
import { DaemonError } from './errors.ts';
import { createFeed, type DaemonEvent } from './feed.ts';
import { launch } from './launch.ts';
import { passedUntil } from './passed.ts';
import type { DaemonJob, Limits, SupervisorOptions } from './ports.ts';
import {
  type Context,
  type JobRecord,
  joinQueue,
  leaveQueue,
  newRecord,
  type RunningRun,
  type WaitingRun,
} from './record.ts';
import { planRetry } from './retry.ts';
import { jobStatus, type SupervisorStatus } from './status.ts';

export interface TriggerOptions {
  /** Pattern that narrows the job's selection down; null for all of it. */
  readonly only?: string | null;
  /** Copy everything again. */
  readonly full?: boolean;
  readonly dryRun?: boolean;
}

export type TriggerResult =
  | { readonly state: 'started'; readonly run: string }
  /** As many runs as may go on at a time do. */
  | { readonly state: 'waiting' };

/**
 * Runs the jobs of a configuration by itself: when they are due, and when it is asked to. It is disposed of by
 * {@link drain} without any patience.
 */
export interface Supervisor extends AsyncDisposable {
  /** Begins to run what is due. */
  start(): void;
  /**
   * Runs a job now, or as soon as there is room, also one that is paused. Throws a {@link DaemonError}: `unknown-job`,
   * `job-running` when a run of it goes on or waits, `draining`.
   */
  trigger(job: string, options?: TriggerOptions): TriggerResult;
  /**
   * Until it is resumed, a job runs only when it is triggered; what waits by the schedule does not any more, and a run
   * that goes on does. Nothing happens when it is paused already. Throws `unknown-job`, and what the states throw.
   */
  pause(job: string): void;
  /** What came due since the job was paused is not made up for. Throws as {@link pause} does. */
  resume(job: string): void;
  /**
   * Asks a run to end cleanly, or, when it was asked before, kills it; a run that waits leaves the queue. Throws
   * `unknown-run` when there is none, `unknown-job` for a job that there is not.
   */
  cancel(what: { readonly job: string } | { readonly run: string }): void;
  /**
   * Goes on with another configuration. Runs go on to their ends as they were ordered, also those of jobs that were
   * changed or removed; a job that was removed is not started any more.
   */
  reload(jobs: readonly DaemonJob[], limits: Limits): void;
  /**
   * Starts no runs any more, waits `drainMs` for those that go on, asks them to end, and waits until they have. What waits
   * by the schedule is due again when the daemon is started the next time.
   */
  drain(drainMs: number): Promise<void>;
  status(): SupervisorStatus;
  /** Everything that happens from now on. What the listener throws is lost. */
  subscribe(listener: (event: DaemonEvent) => void): Disposable;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { states, clock } = options;
  const feed = createFeed(() => clock.now());
  const context: Context = { ...options, feed };
  const over = new Set<Promise<void>>();
  let limits = options.limits;
  let records = new Map<string, JobRecord>();
  let timer: Disposable | undefined;
  let started = false;
  let draining = false;

  for (const configured of options.jobs) addRecord(records, configured);

  function addRecord(to: Map<string, JobRecord>, configured: DaemonJob): void {
    const { name } = configured.job;
    to.set(name, newRecord(configured, states.get(name)));
  }

  /** Does all that is to be done now, and sleeps until there is more. */
  function goOn(): void {
    if (!started || draining) return;
    const now = clock.now();
    for (const record of records.values()) {
      askSchedule(context, record, now);
      askRetry(context, record, now);
    }
    startWaiting();
    const wakes = [...records.values()].map((record) => wakeTime(record, now));
    timer?.[Symbol.dispose]();
    timer =
      wakes.length === 0 ? undefined : clock.setTimer(Math.max(0, Math.min(...wakes) - now), goOn);
  }

  function startWaiting(): void {
    for (const { record, waiting } of queueOf(records.values())) {
      if (over.size >= limits.runs) return;
      // Or the same due time might be run again after a crash.
      if (waiting.cause === 'schedule' && !keepState(context, record)) continue;
      const done = launch(context, record, waiting, (run, result) => {
        over.delete(done);
        onOver(record, run, result);
      });
      over.add(done);
    }
  }

  function onOver(record: JobRecord, run: RunningRun, result: RunResult): void {
    const now = clock.now();
    // What came due during the run is skipped, before another may start.
    askSchedule(context, record, now);
    record.running = null;
    record.last = { begun: run.begun, progress: run.progress, result };
    if (!draining) planRetry(context, record, run, now);
    feed.emit({ type: 'run-ended', job: record.name, run: run.begun.id });
    if (record.removed) records.delete(record.name);
    goOn();
  }

  function configured(job: string): JobRecord {
    const record = records.get(job);
    if (record !== undefined && !record.removed) return record;
    const names = [...records.values()].filter(({ removed }) => !removed).map(({ name }) => name);
    throw new DaemonError('unknown-job', `there is no job "${job}", but: ${names.join(', ')}`);
  }

  function takeSchedule(record: JobRecord, reason: 'paused' | 'removed'): void {
    record.retry = null;
    record.attempt = 0;
    if (record.waiting?.cause !== 'trigger') leaveQueue(context, record, reason);
  }

  function reconfigure(record: JobRecord, job: DaemonJob): void {
    record.configured = job;
    record.removed = false;
    if (job.schedule !== undefined) return;
    takeSchedule(record, 'removed');
    record.lastDueAt = record.kept.lastDueAt;
  }

  return {
    start() {
      started = true;
      goOn();
    },
    trigger(job, { only = null, full = false, dryRun = false } = {}) {
      const record = configured(job);
      if (draining) throw new DaemonError('draining', 'the daemon is about to end');
      if (record.running !== null || record.waiting !== null) {
        const does = record.running === null ? 'waits already' : 'goes on';
        throw new DaemonError('job-running', `a run of the job "${job}" ${does}`);
      }
      const now = clock.now();
      const request = { task: 'back-up', only, full, dryRun } as const;
      joinQueue(context, record, {
        cause: 'trigger',
        request,
        dueAt: null,
        since: now,
        readyAt: now,
      });
      goOn();
      return triggered(record);
    },
    pause(job) {
      const record = configured(job);
      if (record.kept.pausedAt !== null) return;
      const { lastDueAt, rule, kept } = record;
      setState(context, record, { lastDueAt, rule: rule ?? kept.rule, pausedAt: clock.now() });
      record.next = null;
      takeSchedule(record, 'paused');
      feed.emit({ type: 'job-paused', job });
    },
    resume(job) {
      const record = configured(job);
      if (record.kept.pausedAt === null) return;
      const { schedule } = record.configured;
      const lastDueAt =
        schedule === undefined
          ? record.lastDueAt
          : passedUntil(schedule, record.lastDueAt, clock.now());
      const rule = schedule === undefined ? record.kept.rule : ruleOf(schedule);
      setState(context, record, { lastDueAt, rule, pausedAt: null });
      feed.emit({ type: 'job-resumed', job, lastDueAt });
      goOn();
    },
    cancel(what) {
      const found =
        'job' in what
          ? (records.get(what.job) ?? configured(what.job))
          : byRun(records.values(), what.run);
      if (found?.running) return found.running.cancel();
      if (!found?.waiting) {
        const of = 'job' in what ? `of the job "${what.job}"` : `"${what.run}"`;
        throw new DaemonError('unknown-run', `no run ${of} goes on or waits`);
      }
      leaveQueue(context, found, 'cancelled');
      goOn();
    },
    reload(jobs, newLimits) {
      limits = newLimits;
      const before = records;
      records = new Map();
      for (const job of jobs) {
        const known = before.get(job.job.name);
        if (known === undefined) addRecord(records, job);
        else {
          reconfigure(known, job);
          records.set(known.name, known);
        }
      }
      for (const record of before.values()) {
        if (records.has(record.name)) continue;
        record.removed = true;
        record.next = null;
        takeSchedule(record, 'removed');
        leaveQueue(context, record, 'removed');
        if (record.running !== null) records.set(record.name, record);
      }
      feed.emit({ type: 'reloaded', jobs: jobs.map(({ job }) => job.name) });
      goOn();
    },
    drain,
    status() {
      const at = clock.now();
      const jobs = [...records.values()].map((record) => jobStatus(record, at));
      return { at, seq: feed.seq, draining, limits, jobs };
    },
    subscribe: (listener) => feed.subscribe(listener),
    [Symbol.asyncDispose]: () => drain(0),
  };

  async function drain(drainMs: number): Promise<void> {
    if (!draining) {
      draining = true;
      timer?.[Symbol.dispose]();
      feed.emit({ type: 'draining' });
      for (const record of records.values()) leaveQueue(context, record, 'draining');
    }
    function cancelAll(): void {
      for (const { running } of records.values()) {
        if (running?.cancelAsked === false) running.cancel();
      }
    }
    if (drainMs <= 0) cancelAll();
    using _patience = drainMs > 0 ? clock.setTimer(drainMs, cancelAll) : null;
    await Promise.all(over);
  }
}

function triggered({ running }: JobRecord): TriggerResult {
  return running === null ? { state: 'waiting' } : { state: 'started', run: running.begun.id };
}

/** What waits, in the order in which it is to start. */
function queueOf(
  records: Iterable<JobRecord>,
): { readonly record: JobRecord; readonly waiting: WaitingRun }[] {
  return [...records]
    .flatMap((record) => (record.waiting === null ? [] : [{ record, waiting: record.waiting }]))
    .sort((a, b) => a.waiting.readyAt - b.waiting.readyAt || a.waiting.since - b.waiting.since);
}

function byRun(records: Iterable<JobRecord>, run: string): JobRecord | undefined {
  return [...records].find(({ running }) => running?.begun.id === run);
}
