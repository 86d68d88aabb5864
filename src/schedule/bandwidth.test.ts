import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bandwidth } from '../core/bandwidth.ts';
import { firstOverlap } from '../lib/week.ts';
import { limitAt } from './bandwidth.ts';

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const OFFICE = { from: 480, to: 1080, days: [0, 1, 2, 3, 4], limit: 50 };

function zurich(limit: number | null, ...windows: Bandwidth['windows']): Bandwidth {
  return { limit, timezone: 'Europe/Zurich', windows };
}

/** The limit at a time of UTC, and when another one begins. */
function at(bandwidth: Bandwidth, time: string): [number | null, string | null] {
  const { limit, changesAt } = limitAt(bandwidth, Date.parse(time));
  return [limit, changesAt === null ? null : new Date(changesAt).toISOString()];
}

describe('limitAt', () => {
  it('without windows knows one limit only', () => {
    expect(at(zurich(100), '2026-11-23T12:00Z')).toEqual([100, null]);
    expect(at(zurich(null), '2026-11-23T12:00Z')).toEqual([null, null]);
  });

  it.each([
    ['2026-11-23T06:59:59.999Z', 100, '2026-11-23T07:00:00.000Z'],
    ['2026-11-23T07:00:00.000Z', 50, '2026-11-23T17:00:00.000Z'],
    ['2026-11-23T16:59:30.000Z', 50, '2026-11-23T17:00:00.000Z'],
    ['2026-11-23T17:00:00.000Z', 100, '2026-11-24T07:00:00.000Z'],
    ['2026-11-27T18:00:00.000Z', 100, '2026-11-30T07:00:00.000Z'],
    ['2026-06-01T06:00:00.000Z', 50, '2026-06-01T16:00:00.000Z'],
  ])('in the hours of an office: at %s it is %i', (time, limit, changesAt) => {
    expect(at(zurich(100, OFFICE), time)).toEqual([limit, changesAt]);
  });

  it('goes on over midnight and over the end of the week', () => {
    const nights = zurich(50, { from: 1320, to: 360, days: [6], limit: null });
    expect(at(nights, '2026-11-29T22:00Z')).toEqual([null, '2026-11-30T05:00:00.000Z']);
    expect(at(nights, '2026-11-30T05:00Z')).toEqual([50, '2026-12-06T21:00:00.000Z']);
  });

  it('does not call it a change when the limit stays what it is', () => {
    const evening = { from: 1080, to: 1200, days: [0], limit: 50 };
    expect(at(zurich(100, OFFICE, evening), '2026-11-23T12:00Z')[1]).toBe(
      '2026-11-23T19:00:00.000Z',
    );
    expect(at(zurich(50, OFFICE), '2026-11-23T12:00Z')).toEqual([50, null]);
    const always = { from: 0, to: 1440, days: EVERY_DAY, limit: 7 };
    expect(at(zurich(50, always), '2026-11-23T12:00Z')).toEqual([7, null]);
  });

  it('holds from the end of the gap when clocks are set forward past its beginning', () => {
    const window = zurich(100, { from: 150, to: 240, days: EVERY_DAY, limit: 1 });
    expect(at(window, '2027-03-28T00:59Z')).toEqual([100, '2027-03-28T01:00:00.000Z']);
    expect(at(window, '2027-03-28T01:00Z')).toEqual([1, '2027-03-28T02:00:00.000Z']);
  });

  it('leaves out what lies in the hour that is left out', () => {
    const window = zurich(100, { from: 130, to: 170, days: EVERY_DAY, limit: 1 });
    expect(at(window, '2027-03-28T00:00Z')).toEqual([100, '2027-03-29T00:10:00.000Z']);
    const sundays = zurich(100, { from: 130, to: 170, days: [6], limit: 1 });
    expect(at(sundays, '2027-03-21T02:00Z')).toEqual([100, '2027-04-04T00:10:00.000Z']);
    const alike = { from: 600, to: 660, days: EVERY_DAY, limit: 100 };
    expect(
      limitAt(zurich(100, alike, ...sundays.windows), Date.parse('2027-03-21T02:00Z')),
    ).toEqual(limitAt(sundays, Date.parse('2027-03-21T02:00Z')));
  });

  it('holds in both hours when clocks are set back', () => {
    const window = zurich(100, { from: 120, to: 150, days: EVERY_DAY, limit: 1 });
    expect(at(window, '2026-10-25T00:10Z')).toEqual([1, '2026-10-25T00:30:00.000Z']);
    expect(at(window, '2026-10-25T00:30Z')).toEqual([100, '2026-10-25T01:00:00.000Z']);
    expect(at(window, '2026-10-25T01:00Z')).toEqual([1, '2026-10-25T01:30:00.000Z']);
    expect(at(window, '2026-10-25T01:30Z')).toEqual([100, '2026-10-26T01:00:00.000Z']);
  });

  it('says until when the limit holds, to the millisecond', () => {
    const window = fc.record({
      from: fc.nat(1439),
      to: fc.nat(1440),
      days: fc.uniqueArray(fc.nat(6), { minLength: 1 }),
      limit: fc.constantFrom(null, 1, 2, 3),
    });
    const windows = fc
      .array(window, { maxLength: 5 })
      .map((all) =>
        all.filter((one, i) => all.slice(0, i).every((other) => firstOverlap(one, other) === null)),
      );
    const zone = fc.constantFrom('UTC', 'Europe/Zurich', 'Australia/Lord_Howe', 'America/St_Johns');
    const time = fc.oneof(
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
      fc.integer({ min: Date.UTC(2026, 9, 20), max: Date.UTC(2026, 10, 3) }),
      fc.integer({ min: Date.UTC(2027, 2, 10), max: Date.UTC(2027, 3, 6) }),
    );
    fc.assert(
      fc.property(
        windows,
        zone,
        time,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (windows, timezone, now, part) => {
          const bandwidth = { limit: 2, timezone, windows };
          const { limit, changesAt } = limitAt(bandwidth, now);
          const end = changesAt ?? now + 30 * 86_400_000;
          const between = now + Math.floor((end - 1 - now) * part);
          expect(limitAt(bandwidth, between)).toEqual({ limit, changesAt });
          expect(limitAt(bandwidth, end - 1).limit).toBe(limit);
          if (changesAt !== null) expect(limitAt(bandwidth, changesAt).limit).not.toBe(limit);
        },
      ),
      { numRuns: 500 },
    );
  });
});
