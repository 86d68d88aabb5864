import type { Bandwidth } from '../core/bandwidth.ts';
import { createPace, type Pace, WITHOUT_LIMIT } from '../lib/pace.ts';
import { limitAt } from './bandwidth.ts';

/** So that a clock that was set is noticed, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;

/** The pace that a `bandwidth` of the configuration comes to, at every time of the week. */
export function paceOf(bandwidth: Bandwidth | undefined, now: () => number = Date.now): Pace {
  if (bandwidth === undefined) return WITHOUT_LIMIT;
  let limit: number | null = null;
  let until = Number.NEGATIVE_INFINITY;
  return createPace(() => {
    const time = now();
    if (time >= until || time < until - LOOK_AGAIN_MS) {
      const current = limitAt(bandwidth, time);
      limit = current.limit;
      until = Math.min(current.changesAt ?? Number.POSITIVE_INFINITY, time + LOOK_AGAIN_MS);
    }
    return limit;
  });
}
