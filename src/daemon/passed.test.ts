import { expect, it } from 'vitest';
import type { Schedule } from '../core/schedule.ts';
import { passedUntil } from './passed.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const NOW = Date.UTC(2026, 10, 23, 10, 7);
const EVERY: Schedule = { kind: 'every', every: HOUR, jitter: 0, catchUp: true };
const CRON: Schedule = {
  kind: 'cron',
  cron: '0 2 * * *',
  timezone: 'UTC',
  jitter: 0,
  catchUp: true,
};

it('goes to the newest due time that is not in the future', () => {
  expect(passedUntil(EVERY, NOW - 150 * MINUTE, NOW)).toBe(NOW - 30 * MINUTE);
  expect(passedUntil(EVERY, NOW - 2 * HOUR, NOW)).toBe(NOW);
  expect(passedUntil(EVERY, NOW - MINUTE, NOW)).toBe(NOW - MINUTE);
  expect(passedUntil(CRON, NOW - 90 * HOUR, NOW)).toBe(Date.UTC(2026, 10, 23, 2));
});

it('leaves a job that has never been due to be so at its first time', () => {
  expect(passedUntil(EVERY, null, NOW)).toBe(null);
  expect(passedUntil(CRON, null, NOW)).toBe(NOW);
});

it('does not go back for a clock that was set back a little, and believes one that was set back a lot', () => {
  expect(passedUntil(EVERY, NOW + MINUTE, NOW)).toBe(NOW + MINUTE);
  expect(passedUntil(EVERY, NOW + 100 * HOUR + MINUTE, NOW)).toBe(NOW + MINUTE - HOUR);
});
