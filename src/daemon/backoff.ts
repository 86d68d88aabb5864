import { jitterOf } from '../schedule/jitter.ts';

const FIRST_MS = 60_000;

/** No failed run waits longer than this for its next attempt. */
export const LONGEST_BACKOFF_MS = 60 * 60_000;

/** By which part of it a wait may be shorter, so that jobs that failed together do not come back together. */
const JITTER_PART = 1 / 4;

/**
 * How many milliseconds after its failure at `failedAt` a run is tried again: about 1, 2, 4 … minutes, never more than
 * {@link LONGEST_BACKOFF_MS}. The first attempt after a run that ended well is number 1.
 */
export function backoffOf(job: string, failedAt: number, attempt: number): number {
  const whole = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
  return whole - jitterOf(job, failedAt, whole * JITTER_PART);
}
