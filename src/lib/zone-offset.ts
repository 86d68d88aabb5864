import { localTimes } from './time-zone.ts';

/** To make one takes longer than to use it a hundred times. */
const clocks = new Map<string, ReturnType<typeof localTimes>>();

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds; throws for an unknown zone. */
export function offsetAt(zone: string, time: number): number {
  const clock = clocks.get(zone) ?? localTimes(zone);
  clocks.set(zone, clock);
  return clock(time).offset * 1000;
}

/**
 * When the clocks of a zone are first changed after `from` and not after `to`; null when they are
 * not. Of changes that undo each other in between nothing is noticed.
 */
export function offsetChange(zone: string, from: number, to: number): number | null {
  const before = offsetAt(zone, from);
  if (offsetAt(zone, to) === before) return null;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
