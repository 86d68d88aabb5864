import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../core/schedule.ts';
import { decide } from '../schedule/decide.ts';
import { changeSchedule, isSameRule, ruleOf } from './change-schedule.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const REST = { jitter: 0, catchUp: true };

const every = (ms: number, rest: Partial<Schedule> = {}) =>
  ({ kind: 'every', every: ms, ...REST, ...rest }) as Schedule;
const cron = (pattern: string, timezone = 'UTC') =>
  ({ kind: 'cron', cron: pattern, timezone, ...REST }) as Schedule;

function time(text: string): number {
  return Date.parse(`2026-11-23T${text}Z`);
}

/** What becomes of a job at `now` that was due last at `last` by `before`, and goes by `after` from now on. */
function changed(before: Schedule | null, after: Schedule, last: string, now: string) {
  const rule = before === null ? null : ruleOf(before);
  const lastDueAt = changeSchedule(rule, after, time(last), time(now));
  const kept = { lastDueAt, runningSince: null };
  const { start, missed, next } = decide({ name: 'vms', schedule: after }, kept, time(now));
  const clock = (ms: number | undefined) =>
    ms === undefined ? null : new Date(ms).toISOString().slice(11, 16);
  return { start: clock(start?.dueAt), missed, next: clock(next?.dueAt) };
}

describe('a job that gets another schedule', () => {
  it('has missed nothing of what that would have had due before', () => {
    const told = changed(every(24 * HOUR), every(15 * MINUTE), '09:00', '20:07');
    expect(told).toEqual({ start: null, missed: 0, next: '20:15' });
  });

  it('is not run in the middle of the day because its night begins an hour later', () => {
    const told = changed(cron('0 2 * * *'), cron('0 3 * * *'), '02:00', '14:00');
    expect(told).toEqual({ start: null, missed: 0, next: '03:00' });
  });

  it('makes up, once, for what came due by the old one and nobody has run', () => {
    expect(changed(cron('0 2 * * *'), every(HOUR), '01:30', '08:10')).toEqual({
      start: '07:30',
      missed: 0,
      next: '08:30',
    });
    expect(changed(cron('0 2 * * *'), cron('*/10 * * * *'), '01:30', '08:11')).toEqual({
      start: '08:10',
      missed: 0,
      next: '08:20',
    });
  });

  it('does not when the new one says that nothing is made up for', () => {
    const after = every(HOUR, { catchUp: false });
    expect(changed(cron('0 2 * * *'), after, '01:30', '08:10')).toEqual({
      start: null,
      missed: 0,
      next: '08:30',
    });
  });

  it('has nothing to make up for when it had none before', () => {
    const told = changed(null, every(15 * MINUTE), '09:00', '20:07');
    expect(told).toEqual({ start: null, missed: 0, next: '20:15' });
  });

  it('is due at once if it has never been, and the new one says how far due times lie apart', () => {
    const rule = ruleOf(cron('0 2 * * *'));
    expect(changeSchedule(rule, every(HOUR), null, time('08:00'))).toBe(null);
    expect(changeSchedule(rule, cron('0 9 * * *'), null, time('08:00'))).toBe(time('08:00'));
  });

  it('has missed nothing and starts at most once, whatever the schedules are', () => {
    const any = fc.oneof(
      fc.integer({ min: MINUTE, max: 48 * HOUR }).map((ms) => every(ms)),
      fc
        .constantFrom('*/5 * * * *', '0 2 * * *', '30 1,13 * * 1', '0 0 1 * *')
        .map((text) => cron(text)),
    );
    const job = { name: 'vms' };
    fc.assert(
      fc.property(any, any, fc.nat(40 * 24 * HOUR), (before, schedule, awayMs) => {
        const now = time('12:34');
        const last = now - awayMs;
        const lastDueAt = changeSchedule(ruleOf(before), schedule, last, now);
        expect(lastDueAt).toBeGreaterThanOrEqual(last);
        const first = decide({ ...job, schedule }, { lastDueAt, runningSince: null }, now);
        expect(first.missed).toBe(0);
        const kept = { lastDueAt: first.lastDueAt, runningSince: null };
        expect(decide({ ...job, schedule }, kept, now)).toMatchObject({ start: null, missed: 0 });
      }),
    );
  });
});

it('a schedule is the same when it is due at the same times', () => {
  expect(isSameRule(ruleOf(every(HOUR)), every(HOUR, { jitter: 5, catchUp: false }))).toBe(true);
  expect(isSameRule(ruleOf(every(HOUR)), every(MINUTE))).toBe(false);
  expect(isSameRule(ruleOf(cron('0 2 * * *')), cron('0 2 * * *'))).toBe(true);
  expect(isSameRule(ruleOf(cron('0 2 * * *')), cron('0 2 * * *', 'Europe/Zurich'))).toBe(false);
  expect(isSameRule(ruleOf(cron('0 2 * * *')), cron('0 3 * * *'))).toBe(false);
  expect(isSameRule(ruleOf(cron('0 2 * * *')), every(HOUR))).toBe(false);
  expect(isSameRule(undefined, every(HOUR))).toBe(false);
  expect(isSameRule(undefined, undefined)).toBe(true);
});
