import type { Job } from '../config/schema.ts';
import type { RunEvent, Task } from '../core/events.ts';

/** What is to be run: one execution of one job. */
export interface RunOrder {
  readonly job: Job;
  readonly task: Task;
  /** Pattern that narrows the job's selection down; null for all of it. */
  readonly only: string | null;
  readonly dryRun: boolean;
  /** Copy everything again, to a new dataset beside the old one. */
  readonly full: boolean;
}

export type CancelReason = 'SIGINT' | 'SIGTERM';

/** What the parent process sends to the runner. */
export type ToRunner =
  | { readonly type: 'start'; readonly run: string; readonly order: RunOrder }
  | { readonly type: 'cancel'; readonly reason: CancelReason };

/** What the runner sends: events, nothing else. The last one is `run-finished`. */
export type FromRunner = RunEvent;
