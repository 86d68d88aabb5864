import type { DueRule } from './schedule.ts';

/** What is kept of a job over restarts. Times are milliseconds since 1970. */
export interface JobState {
  /** The newest due time that was dealt with; null for a job that never was due. */
  readonly lastDueAt: number | null;
  /** By which rule it was due then; nobody knows when there is none. */
  readonly rule?: DueRule | undefined;
  /** Since when the schedule starts no runs of it; null when it does. */
  readonly pausedAt: number | null;
}
