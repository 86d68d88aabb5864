import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstOverlap, formatWeekMinute, spansOf, WEEK_MINUTES, type WeeklyHours } from './week.ts';

const hours = fc.record({
  from: fc.nat(1439),
  to: fc.nat(1440),
  days: fc.uniqueArray(fc.nat(6), { minLength: 1 }),
});

it.each([
  [480, 1080, [0, 4], ['mon 08:00-mon 18:00', 'fri 08:00-fri 18:00']],
  [1320, 360, [0], ['mon 22:00-tue 06:00']],
  [0, 1440, [0], ['mon 00:00-tue 00:00']],
  [0, 0, [0], ['mon 00:00-tue 00:00']],
  [1320, 360, [6], ['sun 22:00- 00:00', 'mon 00:00-mon 06:00']],
  [1320, 0, [6], ['sun 22:00- 00:00']],
])('from %i to %i on %j takes %j', (from, to, days, expected) => {
  const spans = spansOf({ from, to, days });
  expect(
    spans.map((span) => `${formatWeekMinute(span.from)}-${formatWeekMinute(span.to)}`),
  ).toEqual(expected);
});

it('finds where hours overlap as one does who looks at each minute', () => {
  const minutesOf = (one: WeeklyHours): Set<number> =>
    new Set(
      one.days.flatMap((day) => {
        const length = one.to > one.from ? one.to - one.from : one.to - one.from + 1440;
        return Array.from({ length }, (_, i) => (day * 1440 + one.from + i) % WEEK_MINUTES);
      }),
    );
  fc.assert(
    fc.property(hours, hours, (a, b) => {
      const others = minutesOf(b);
      const shared = [...minutesOf(a)].filter((minute) => others.has(minute));
      const first = shared.length === 0 ? null : shared.reduce((x, y) => Math.min(x, y));
      expect(firstOverlap(a, b)).toBe(first);
    }),
  );
});
