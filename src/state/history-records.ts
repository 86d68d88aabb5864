import type { ErrorReport } from '../core/errors.ts';
import type { RunEvent, TransferFinished, TransferPlanned } from '../core/events.ts';

// All times are milliseconds since 1970, all sizes bytes, all durations milliseconds.

/** Why a run was started: it was due, somebody asked for it, or it had failed before. */
export type RunCause = 'schedule' | 'trigger' | 'retry';

/** How a run ended; `interrupted` when the daemon ended before the run did. */
export type RunOutcome = 'ok' | 'failed' | 'cancelled' | 'interrupted';

/** What is known of a run when it begins. */
export interface RunBegun {
  readonly id: string;
  readonly job: string;
  readonly cause: RunCause;
  readonly startedAt: number;
  /** The due time that it is the run of; null when it was not started by the schedule. */
  readonly dueAt: number | null;
  readonly dryRun: boolean;
}

export interface RunSummary extends RunBegun {
  /** Null while it goes on. */
  readonly outcome: RunOutcome | null;
  /** Of an interrupted run: when that was found out. */
  readonly endedAt: number | null;
  /** While it goes on, and of an interrupted run: transfers that ended. Else sources, as the run counted them. */
  readonly succeeded: number;
  readonly failed: number;
  readonly warnings: number;
  /** Sums over the finished transfers. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Null while it goes on, and for an interrupted run. */
  readonly durationMs: number | null;
  readonly peakRssBytes: number | null;
  /** Why the run as a whole failed; null when it did not. */
  readonly error: ErrorReport | null;
}

/** A run with its transfers and warnings, each in the order in which they began. */
export interface RunDetail {
  readonly summary: RunSummary;
  readonly transfers: readonly TransferDetail[];
  readonly warnings: readonly WarningDetail[];
}

export type TransferPlan = Omit<TransferPlanned, 'type' | 'source'>;
export type TransferResult = Omit<TransferFinished, 'type' | 'source'>;

/**
 * A transfer of a source in a run. A source has two when one that was cut off was ended first; and one more, with
 * nothing but an error, when something failed after a transfer had finished.
 */
export interface TransferDetail {
  readonly source: string;
  readonly plannedAt: number | null;
  readonly plan: TransferPlan | null;
  /** When it finished or failed; null when it goes on, was cut off, or was only planned. */
  readonly endedAt: number | null;
  /** Set when it finished. */
  readonly result: TransferResult | null;
  /** Set when it failed. */
  readonly error: ErrorReport | null;
}

export type WarningDetail = Omit<Extract<RunEvent, { type: 'warning' }>, 'type'>;

/** The newest backup and the newest failure of a source in a job. Runs that were pruned count as well. */
export interface SourceHistory {
  readonly job: string;
  readonly source: string;
  readonly lastSuccess: SourceSuccess | null;
  readonly lastFailure: SourceFailure | null;
  readonly failuresSinceSuccess: number;
  /** When the first of these failures was; null when there is none. */
  readonly failingSince: number | null;
}

export interface SourceSuccess {
  readonly at: number;
  /** Id of the run; it may have been pruned since. */
  readonly run: string;
  readonly dataset: string;
  readonly snapshot: string;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly durationMs: number;
}

export interface SourceFailure {
  readonly at: number;
  /** Id of the run; it may have been pruned since. */
  readonly run: string;
  readonly error: ErrorReport;
}

export interface RunsQuery {
  readonly job?: string | undefined;
  /** Null: the runs that go on. */
  readonly outcome?: RunOutcome | null | undefined;
  /** Id of a run: only those that began before it. */
  readonly before?: string | undefined;
  readonly limit: number;
}
