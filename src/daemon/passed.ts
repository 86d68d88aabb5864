import type { Schedule } from '../core/schedule.ts';
import { dueTimes } from '../schedule/due-times.ts';
import { settledUntil } from '../schedule/settled.ts';

/**
 * The newest due time that is dealt with once all have passed that were due up to now; the first one after it lies in the
 * future. Null when the job has not come due for the first time, and is due as soon as it may be.
 */
export function passedUntil(
  schedule: Schedule,
  lastDueAt: number | null,
  now: number,
): number | null {
  if (lastDueAt === null && schedule.kind === 'every') return null;
  const settled = settledUntil(schedule, lastDueAt, now);
  return Math.max(settled, dueTimes(schedule, settled).upTo(now) ?? settled);
}
