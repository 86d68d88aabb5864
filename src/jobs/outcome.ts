import type { RunEvent } from '../core/events.ts';
import { JobError } from './errors.ts';

/** Sources of a run. */
export interface RunCounts {
  readonly succeeded: number;
  readonly failed: number;
}

export type RunOutcome = Extract<RunEvent, { type: 'run-finished' }>['outcome'];

/** What became of a run. `error`: what it broke off with; undefined when it did not. */
export function outcomeOf(error: unknown, { failed }: RunCounts): RunOutcome {
  if (error instanceof JobError && error.code === 'cancelled') return 'cancelled';
  return error === undefined && failed === 0 ? 'ok' : 'failed';
}
