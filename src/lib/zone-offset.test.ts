import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offsetAt, offsetChange } from './zone-offset.ts';

it.each([
  ['UTC', '2026-07-01T00:00Z', 0],
  ['Europe/Zurich', '2026-07-01T00:00Z', 120],
  ['Europe/Zurich', '2026-10-25T00:59:59.999Z', 120],
  ['Europe/Zurich', '2026-10-25T01:00Z', 60],
  ['America/St_Johns', '2026-01-01T00:00Z', -210],
  ['Asia/Kathmandu', '2026-01-01T00:00Z', 345],
])('clocks of %s are at %s ahead by %i minutes', (zone, time, minutes) => {
  expect(offsetAt(zone, Date.parse(time))).toBe(minutes * 60_000);
});

it('finds the millisecond at which clocks are changed', () => {
  const change = Date.parse('2026-10-25T01:00Z');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat(1e9), (before, after) => {
      expect(offsetChange('Europe/Zurich', change - before, change + after)).toBe(change);
    }),
  );
  expect(offsetChange('Europe/Zurich', change, change + 1e9)).toBe(null);
  expect(offsetChange('Europe/Zurich', change - 1e9, change - 1)).toBe(null);
});
