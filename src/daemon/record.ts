import type { ErrorReport } from '../core/errors.ts';
import type { JobState } from '../core/job-state.ts';
import type { DueRule } from '../core/schedule.ts';
import type { RunOrder, RunResult } from '../runner/start.ts';
import type { Appointment } from '../schedule/decide.ts';
import type { Feed, LeaveReason } from './feed.ts';
import type { BegunRun, DaemonJob, RunCause, SupervisorOptions } from './ports.ts';
import type { RunProgress } from './progress.ts';

/** What a run is asked for, apart from its job. */
export type RunRequest = Omit<RunOrder, 'job'>;

/** A run that is to start as soon as there is room. */
export interface WaitingRun {
  readonly cause: RunCause;
  readonly request: RunRequest;
  /** Null when it was triggered. */
  readonly dueAt: number | null;
  /** When it joined the queue. */
  readonly since: number;
  /** When it should have started: who is first here is the next. */
  readonly readyAt: number;
}

export interface RunningRun {
  readonly begun: BegunRun;
  readonly request: RunRequest;
  progress: RunProgress;
  /** Set when the run has told its end; its process may live on for a moment. */
  result: RunResult | null;
  cancelAsked: boolean;
  /** Asks the run to end; asked again, it is killed. */
  readonly cancel: () => void;
}

export interface EndedRun {
  readonly begun: BegunRun;
  readonly progress: RunProgress;
  readonly result: RunResult;
}

/** All that the supervisor knows of a job; it changes in place. Times are milliseconds since 1970. */
export interface JobRecord {
  readonly name: string;
  configured: DaemonJob;
  /** No longer configured: it is here only until its run has ended. */
  removed: boolean;
  /** What is durable. */
  kept: JobState;
  /** Up to where due times are dealt with; ahead of what is durable while the run for one waits. */
  lastDueAt: number | null;
  /** By which rule; null when the job had no schedule, undefined when nobody knows. */
  rule: DueRule | null | undefined;
  next: Appointment | null;
  missed: number;
  overlapped: number;
  /** When the failed run for a due time is tried again. */
  retry: { readonly at: number; readonly dueAt: number | null } | null;
  /** How many runs in a row failed and were to be tried again. */
  attempt: number;
  waiting: WaitingRun | null;
  running: RunningRun | null;
  last: EndedRun | null;
  problem: ErrorReport | null;
}

/** What the parts of the supervisor share of the world. */
export interface Context extends Pick<SupervisorOptions, 'start' | 'states' | 'history' | 'clock'> {
  readonly feed: Feed;
}

export function newRecord(configured: DaemonJob, kept: JobState): JobRecord {
  return {
    name: configured.job.name,
    configured,
    removed: false,
    kept,
    lastDueAt: kept.lastDueAt,
    rule: kept.rule,
    next: null,
    missed: 0,
    overlapped: 0,
    retry: null,
    attempt: 0,
    waiting: null,
    running: null,
    last: null,
    problem: null,
  };
}

/** Whether the schedule of a job starts runs of it. */
export function isScheduled({ removed, configured, kept }: JobRecord): boolean {
  return !removed && configured.schedule !== undefined && kept.pausedAt === null;
}

export function joinQueue({ feed }: Context, record: JobRecord, waiting: WaitingRun): void {
  if (record.waiting !== null) leaveQueue({ feed }, record, 'replaced');
  record.waiting = waiting;
  const { cause, dueAt } = waiting;
  feed.emit({ type: 'run-queued', job: record.name, cause, dueAt });
}

export function leaveQueue(
  { feed }: Pick<Context, 'feed'>,
  record: JobRecord,
  reason: LeaveReason,
): void {
  if (record.waiting === null) return;
  const { cause } = record.waiting;
  record.waiting = null;
  feed.emit({ type: 'run-left-queue', job: record.name, cause, reason });
}

export function showProblem(
  { feed }: Pick<Context, 'feed'>,
  record: JobRecord,
  problem: ErrorReport | null,
): void {
  const isNews =
    problem?.code !== record.problem?.code || problem?.message !== record.problem?.message;
  record.problem = problem;
  if (isNews) feed.emit({ type: 'job-problem', job: record.name, problem });
}
