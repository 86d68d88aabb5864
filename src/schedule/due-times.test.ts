import { expect, it } from 'vitest';
import { dueTimes, MOST_COUNTED } from './due-times.ts';

const plain = { jitter: 0, catchUp: true };

it('lie as far apart as the schedule says, on both sides of one of them', () => {
  const times = dueTimes({ kind: 'every', every: 10, ...plain }, 103);
  expect([103, 104, 112, 113, 92, 93].map((time) => times.after(time))).toEqual([
    113, 113, 113, 123, 93, 103,
  ]);
  expect([103, 104, 112, 113, 92, 93].map((time) => times.upTo(time))).toEqual([
    103, 103, 103, 113, 83, 93,
  ]);
});

it.each([
  [103, 103, 0],
  [103, 112, 0],
  [103, 113, 1],
  [102, 133, 4],
  [103, 93, 0],
])('are counted from %i to %i: %i', (from, to, count) => {
  expect(dueTimes({ kind: 'every', every: 10, ...plain }, 103).count(from, to)).toBe(count);
});

it('of a pattern are counted one by one, and not for ever', () => {
  const at = (text: string): number => Date.parse(`${text}:00Z`);
  const times = dueTimes({ kind: 'cron', cron: '* * * * *', timezone: 'UTC', ...plain }, 0);
  expect(times.count(at('2026-11-23T02:00'), at('2026-11-23T02:00'))).toBe(0);
  expect(times.count(at('2026-11-23T02:00'), at('2026-11-23T03:00'))).toBe(60);
  expect(times.count(at('2026-11-23T02:00'), at('2027-11-23T02:00'))).toBe(MOST_COUNTED);
});
