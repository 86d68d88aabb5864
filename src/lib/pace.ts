import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until so many bytes, or whatever is counted, may go. Those who wait go in the order in which they came. */
export type Pace = (bytes: number, signal: AbortSignal) => Promise<void>;

export const WITHOUT_LIMIT: Pace = async () => undefined;

/** `limitNow`: bytes per second; null for no limit. It is asked for each piece, so it may change at any time. */
export function createPace(limitNow: () => number | null): Pace {
  /** When the next bytes may go, by the clock of `performance`. */
  let free = 0;
  return async (bytes, signal) => {
    const limit = limitNow();
    if (limit === null) {
      free = 0;
      return;
    }
    const now = performance.now();
    const begin = Math.max(free, now);
    free = begin + (bytes / limit) * 1000;
    if (begin > now) await sleep(begin - now, undefined, { signal });
  };
}
