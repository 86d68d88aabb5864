import type { ErrorReport } from '../core/errors.ts';
import { rateOf, timeLeft } from '../lib/rate.ts';
import type { Appointment } from '../schedule/decide.ts';
import { describeSchedule } from '../schedule/describe.ts';
import type { Limits, RunCause } from './ports.ts';
import type { FailedSource, SourceProgress } from './progress.ts';
import type { EndedRun, JobRecord, RunningRun } from './record.ts';

/** A source that is being backed up, and how fast. */
export interface SourceStatus extends Omit<SourceProgress, 'samples'> {
  /** Null while there is too little to tell. */
  readonly bytesPerSecond: number | null;
  /** Seconds until the phase has dealt with all bytes at that rate; null when nobody knows. */
  readonly etaSeconds: number | null;
}

/** A run that goes on. */
export interface RunningStatus {
  readonly run: string;
  readonly cause: RunCause;
  readonly startedAt: number;
  readonly dueAt: number | null;
  readonly dryRun: boolean;
  /** Whether it was asked to end. */
  readonly cancelling: boolean;
  /** How many sources are to be backed up; null until they are listed. */
  readonly selected: number | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly warnings: number;
  readonly sources: readonly SourceStatus[];
}

/** The run of a job that ended last. */
export interface LastStatus {
  readonly run: string;
  readonly cause: RunCause;
  readonly dryRun: boolean;
  readonly outcome: 'ok' | 'failed' | 'cancelled';
  /** When it ended. */
  readonly at: number;
  readonly durationMs: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The first of the sources that failed. */
  readonly failures: readonly FailedSource[];
  /** Set when the run as a whole failed. */
  readonly error: ErrorReport | null;
  readonly warnings: number;
}

export interface JobStatus {
  readonly name: string;
  readonly kind: 'rbd' | 'cephfs';
  /** No longer configured: it is told of until its run has ended. */
  readonly removed: boolean;
  /** In words. */
  readonly schedule: string;
  readonly next: Appointment | null;
  readonly pausedAt: number | null;
  readonly lastDueAt: number | null;
  /** Due times since the daemon was started at which no run could be started. */
  readonly missed: number;
  /** Due times since the daemon was started that were skipped because a run went on or waited. */
  readonly overlapped: number;
  readonly retry: { readonly at: number; readonly attempt: number } | null;
  readonly queued: { readonly since: number; readonly cause: RunCause } | null;
  readonly running: RunningStatus | null;
  readonly last: LastStatus | null;
  /** What keeps the job from being run as it should be, such as a state that cannot be written. */
  readonly problem: ErrorReport | null;
}

/** Plain data. Times are milliseconds since 1970, sizes are bytes. */
export interface SupervisorStatus {
  readonly at: number;
  /** Number of the last event that this contains. */
  readonly seq: number;
  readonly draining: boolean;
  readonly limits: Limits;
  readonly jobs: readonly JobStatus[];
}

export function jobStatus(record: JobRecord, now: number): JobStatus {
  const { name, removed, next, kept, lastDueAt, missed, overlapped, problem } = record;
  const { job, schedule } = record.configured;
  const { retry, attempt, waiting, running, last } = record;
  return {
    name,
    kind: job.source.type,
    removed,
    schedule: describeSchedule(schedule),
    next,
    pausedAt: kept.pausedAt,
    lastDueAt,
    missed,
    overlapped,
    retry: retry === null ? null : { at: retry.at, attempt },
    queued: waiting === null ? null : { since: waiting.since, cause: waiting.cause },
    running: running === null ? null : runningStatus(running, now),
    last: last === null ? null : lastStatus(last),
    problem,
  };
}

function runningStatus({ begun, progress, cancelAsked }: RunningRun, now: number): RunningStatus {
  const { id, cause, startedAt, dueAt, dryRun } = begun;
  const { selected, succeeded, failed, warnings, sources } = progress;
  return {
    run: id,
    cause,
    startedAt,
    dueAt,
    dryRun,
    cancelling: cancelAsked,
    selected,
    succeeded,
    failed,
    warnings,
    sources: sources.map((source) => sourceStatus(source, now)),
  };
}

function sourceStatus({ samples, ...progress }: SourceProgress, now: number): SourceStatus {
  const { bytesDone, bytesTotal } = progress;
  const rate = rateOf(samples, now);
  const leftMs = bytesTotal === null ? null : timeLeft(bytesTotal - bytesDone, rate);
  return {
    ...progress,
    bytesPerSecond: rate === null ? null : Math.round(rate),
    etaSeconds: leftMs === null ? null : Math.ceil(leftMs / 1000),
  };
}

function lastStatus({ begun, progress, result }: EndedRun): LastStatus {
  const { succeeded, failed, failures, warnings } = progress;
  return {
    run: begun.id,
    cause: begun.cause,
    dryRun: begun.dryRun,
    outcome: result.outcome,
    at: result.at,
    durationMs: result.durationMs,
    succeeded,
    failed,
    failures,
    error: result.error,
    warnings,
  };
}
