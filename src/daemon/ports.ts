import type { Job } from '../config/schema.ts';
import type { RunEvent } from '../core/events.ts';
import type { JobState } from '../core/job-state.ts';
import type { Schedule } from '../core/schedule.ts';
import type { RunHandle, RunOrder } from '../runner/start.ts';
import type { RunBegun } from '../state/history-records.ts';

export interface DaemonJob {
  readonly job: Job;
  /** Undefined for a job that runs only when it is triggered. */
  readonly schedule: Schedule | undefined;
}

export type { RunCause } from '../state/history-records.ts';

/** A run, as it was begun. */
export interface BegunRun extends RunBegun {
  /** Pattern that narrows the job's selection down; null for all of it. */
  readonly only: string | null;
}

/** Where the history of runs goes. Neither call throws. */
export interface HistorySink {
  begin(run: BegunRun): void;
  /** Of each run that began, the last event is `run-finished`, whatever became of its process. */
  event(run: string, event: RunEvent): void;
}

/** What is kept of each job over restarts, by the job's name. */
export interface JobStates {
  /** Of a job that is not known, all is null. */
  get(job: string): JobState;
  /** What was set is durable when this returns. It may throw: then it is not. */
  set(job: string, state: JobState): void;
}

export interface Clock {
  /** Milliseconds since 1970. It may be set while the daemon runs. */
  now(): number;
  /** Calls back once, after so many milliseconds, whatever {@link now} says by then; not when it was disposed before. */
  setTimer(ms: number, callback: () => void): Disposable;
}

export interface Limits {
  /** How many runs may go on at a time, of all jobs. */
  readonly runs: number;
}

/** Starts a run: tells its events only after it has returned, and `run-finished` before `done` settles. */
export type StartRun = (order: RunOrder, onEvent: (event: RunEvent) => void) => RunHandle;

/** All of the world that the supervisor sees. */
export interface SupervisorOptions {
  /** No two have the same name. */
  readonly jobs: readonly DaemonJob[];
  readonly start: StartRun;
  readonly states: JobStates;
  readonly history: HistorySink;
  readonly limits: Limits;
  readonly clock: Clock;
}
