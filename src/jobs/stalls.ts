import type { RunEventBody } from '../core/events.ts';
import { JobError } from './errors.ts';

/** So many sources that stall one after the other, with no progress anywhere meanwhile, are not each for itself at fault. */
const MOST_IN_A_ROW = 3;

/** What is told only when source and target do what they are asked for. */
const PROGRESS: ReadonlySet<RunEventBody['type']> = new Set([
  'transfer-progress',
  'checkpoint',
  'transfer-finished',
  'source-pruned',
]);

/** Tells a source that stands still from a cluster or a pool that does. */
export interface Stalls {
  /** To be told of everything that a source tells. */
  heard(event: RunEventBody): void;
  /** Throws a JobError (`stalled`) when the run is to end for it. */
  stalled(error: JobError): void;
}

export function createStalls(): Stalls {
  let inARow = 0;
  return {
    heard({ type }) {
      if (PROGRESS.has(type)) inARow = 0;
    },
    stalled(error) {
      inARow++;
      if (inARow < MOST_IN_A_ROW) return;
      const { code, message, retry, hint } = error;
      throw new JobError({
        code,
        message: `${inARow} sources in a row made no progress, the last one: ${message}`,
        retry,
        hint,
        cause: error,
      });
    },
  };
}
