import type { DueRule, Schedule } from '../core/schedule.ts';
import { dueTimes } from '../schedule/due-times.ts';
import { settledUntil } from '../schedule/settled.ts';
import { passedUntil } from './passed.ts';

/** What of a schedule is kept, to know it again. */
export function ruleOf(schedule: Schedule): DueRule {
  if (schedule.kind === 'every') return { kind: 'every', every: schedule.every };
  const { kind, cron, timezone } = schedule;
  return { kind, cron, timezone };
}

/** Whether a job is due at the same times by both. */
export function isSameRule(one: DueRule | undefined, other: DueRule | undefined): boolean {
  if (one?.kind === 'every') return other?.kind === 'every' && one.every === other.every;
  if (one === undefined || other === undefined) return one === other;
  return other.kind === 'cron' && one.cron === other.cron && one.timezone === other.timezone;
}

/**
 * Up to where due times are dealt with once a job that went by `before` goes by another schedule: what that would have had
 * due until now was due to nobody, and is not missed. But if something came due by the old rule that nobody has dealt with,
 * the newest due time of the new one is left to make up for it, where the schedule wants that. `before`: null for a
 * job that had no schedule.
 */
export function changeSchedule(
  before: DueRule | null,
  schedule: Schedule,
  lastDueAt: number | null,
  now: number,
): number | null {
  const passed = passedUntil(schedule, lastDueAt, now);
  if (lastDueAt === null || passed === null || !schedule.catchUp) return passed;
  if (before === null || !hasCome(before, lastDueAt, now)) return passed;
  const settled = settledUntil(schedule, lastDueAt, now);
  return Math.max(settled, dueTimes(schedule, settled).upTo(passed - 1) ?? settled);
}

/** Whether anything was due after a time, up to now. */
function hasCome(rule: DueRule, lastDueAt: number, now: number): boolean {
  const settled = settledUntil(rule, lastDueAt, now);
  const next = dueTimes(rule, settled).after(settled);
  return next !== null && next <= now;
}
