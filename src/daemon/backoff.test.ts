import { expect, it } from 'vitest';
import { backoffOf, LONGEST_BACKOFF_MS } from './backoff.ts';

const MINUTE = 60_000;
const FAILED_AT = Date.UTC(2026, 10, 23, 10);

it('waits about twice as long each time, and at most an hour', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((attempt) =>
    backoffOf('vms', FAILED_AT, attempt),
  );
  const most = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((minutes) => minutes * MINUTE);
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeLessThanOrEqual(most[index] ?? 0);
    expect(wait).toBeGreaterThan(0.75 * (most[index] ?? 0));
  }
  expect(LONGEST_BACKOFF_MS).toBe(60 * MINUTE);
});

it('differs between jobs that failed at the same time', () => {
  const waits = ['a', 'b', 'c', 'd', 'e', 'f'].map((job) => backoffOf(job, FAILED_AT, 3));
  expect(new Set(waits).size).toBe(6);
  expect(backoffOf('a', FAILED_AT, 3)).toBe(waits[0]);
});
