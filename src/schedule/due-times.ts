import type { DueRule } from '../core/schedule.ts';
import { type CronTimes, cronTimes } from '../lib/cron.ts';

/** More are not counted one by one: after years of absence that would keep everybody waiting. */
export const MOST_COUNTED = 2000;

/** The due times of a job, in milliseconds since 1970. */
export interface DueTimes extends CronTimes {
  /** How many are later than `from` and not later than `to`; of a cron pattern {@link MOST_COUNTED} at most. */
  count(from: number, to: number): number;
}

/** `anchor` is one of the due times of a schedule that says only how far they lie apart. */
export function dueTimes(schedule: DueRule, anchor: number): DueTimes {
  if (schedule.kind === 'every') return gridTimes(schedule.every, anchor);
  const times = cronTimes(schedule.cron, schedule.timezone);
  return { ...times, count: (from, to) => countOneByOne(times, from, to) };
}

function gridTimes(every: number, anchor: number): DueTimes {
  const index = (time: number): number => Math.floor((time - anchor) / every);
  return {
    after: (time) => anchor + (index(time) + 1) * every,
    upTo: (time) => anchor + index(time) * every,
    count: (from, to) => Math.max(0, index(to) - index(from)),
  };
}

function countOneByOne(times: CronTimes, from: number, to: number): number {
  let counted = 0;
  let next = times.after(from);
  while (next !== null && next <= to && counted < MOST_COUNTED) {
    counted++;
    next = times.after(next);
  }
  return counted;
}
