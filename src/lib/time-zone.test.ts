import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOf, minutesAhead, PLAIN_ZONES } from '../../test/support/plain-zones.ts';
import { localTimes, parseTimeZone } from './time-zone.ts';

describe('parseTimeZone', () => {
  it.each(['UTC', 'Europe/Zurich', 'America/Argentina/Ushuaia', 'Etc/GMT+5'])(
    'takes %s',
    (name) => {
      expect(parseTimeZone(name)).toEqual({ ok: true, value: name });
    },
  );

  it.each([
    ['Zurich', '"Zurich" is not known; did you mean "Europe/Zurich"?'],
    ['Europe/Zürich', '"Europe/Zürich" is not known; did you mean "Europe/Zurich"?'],
    ['UCT+1', '"UCT+1" is not known'],
    ['local', '"local" is not known'],
    ['', '"" is not known'],
    ['+01:00', '"+01:00" is an offset, not a time zone'],
  ])('refuses %j', (name, problem) => {
    expect(parseTimeZone(name)).toEqual({ ok: false, problem });
  });
});

describe('localTimes', () => {
  it.each([
    ['UTC', '2026-11-24T00:00:00Z', [2026, 11, 24, 0, 0]],
    ['Europe/Zurich', '2026-12-31T23:00:00.999Z', [2027, 1, 1, 0, 3600]],
    ['Europe/Zurich', '2026-10-25T00:59:59Z', [2026, 10, 25, 2, 7200]],
    ['Europe/Zurich', '2026-10-25T01:00:00Z', [2026, 10, 25, 2, 3600]],
    ['America/St_Johns', '2026-01-01T03:29:59Z', [2025, 12, 31, 23, -12_600]],
    ['Pacific/Apia', '2011-12-30T09:59:59Z', [2011, 12, 29, 23, -36_000]],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', [2011, 12, 31, 0, 50_400]],
    ['Africa/Monrovia', '1970-06-01T00:00:00Z', [1970, 5, 31, 23, -2670]],
    ['Asia/Kathmandu', '2026-06-01T00:00:00Z', [2026, 6, 1, 5, 20_700]],
  ])('in %s at %s', (zone, time, expected) => {
    const { year, month, day, hour, offset } = localTimes(zone)(Date.parse(time));
    expect([year, month, day, hour, offset]).toEqual(expected);
  });

  it.each(PLAIN_ZONES)('of $name are those of its laws', (zone) => {
    const read = localTimes(zone.name);
    const anyTime = fc.integer({ min: zone.from, max: zone.to - 1 });
    const nearChange = fc
      .tuple(fc.constantFrom(...zone.changes), fc.integer({ min: -7_200_000, max: 7_200_000 }))
      .map(([{ at }, distance]) => Math.max(zone.from, at + distance));
    fc.assert(
      fc.property(fc.oneof(anyTime, nearChange), (ms) => {
        const clock = clockOf(zone, ms);
        expect(read(ms)).toEqual({
          year: clock.getUTCFullYear(),
          month: clock.getUTCMonth() + 1,
          day: clock.getUTCDate(),
          hour: clock.getUTCHours(),
          offset: minutesAhead(zone, ms) * 60,
        });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(PLAIN_ZONES)('of $name change when its laws say, to the second', (zone) => {
    const read = localTimes(zone.name);
    for (const { at, minutes } of zone.changes.slice(1)) {
      expect(read(at).offset).toBe(minutes * 60);
      expect(read(at - 1000).offset).toBe(minutesAhead(zone, at - 1000) * 60);
    }
  });
});
