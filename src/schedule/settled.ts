import type { DueRule } from '../core/schedule.ts';
import { dueTimes } from './due-times.ts';

/**
 * The time up to which all due times are dealt with: `lastDueAt`, as long as that can be believed.
 *
 * A job that has never run is due now, when the schedule says how far due times lie apart; with a cron
 * pattern it waits for the first time that comes.
 *
 * A clock that was set back may lie behind `lastDueAt`. As long as no other due time lies in between,
 * nothing is made of it: to wait for the one after `lastDueAt` takes longer by what the clock was set back,
 * which is less than an interval. If it was set back by more, the clock was wrong before or is wrong now, and
 * nobody can tell which. To wait until it has caught up could mean no backup for years; so the newest due
 * time that the clock has passed counts as dealt with instead, and those between it and the old
 * `lastDueAt` come (perhaps again) when the clock shows them.
 */
export function settledUntil(schedule: DueRule, lastDueAt: number | null, now: number): number {
  if (lastDueAt === null) return schedule.kind === 'every' ? now - schedule.every : now;
  if (lastDueAt <= now) return lastDueAt;
  const times = dueTimes(schedule, lastDueAt);
  const next = times.after(now);
  return next === null || next >= lastDueAt ? lastDueAt : (times.upTo(now) ?? now);
}
