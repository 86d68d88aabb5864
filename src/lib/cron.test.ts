import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronTimes, parseCron } from './cron.ts';

describe('parseCron', () => {
  it.each([
    ['0 2 * * *', '0 2 * * *'],
    [' 0  2\t* * mon-fri ', '0 2 * * mon-fri'],
    ['30 */5 2,14 1-7 JAN sun', '30 */5 2,14 1-7 JAN sun'],
    ['0 0 29 2 *', '0 0 29 2 *'],
    ['0 3 L * *', '0 3 L * *'],
    ['0 3 * * sun#1', '0 3 * * sun#1'],
  ])('reads %j', (text, value) => {
    expect(parseCron(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', 'has 1 field, not five or six'],
    ['@daily', 'has 1 field, not five or six'],
    ['0 2 * *', 'has 4 fields, not five or six'],
    ['0 0 2 * * * 2027', 'has 7 fields, not five or six'],
    ['60 2 * * *', '"60" is no minute'],
    ['0 24 * * *', '"24" is no hour'],
    ['60 0 2 * * *', '"60" is no second'],
    ['0 2 32 * *', '"32" is no day of month'],
    ['0 2 * 13 *', '"13" is no month'],
    ['0 2 * * noday', '"noday" is no day of week'],
    ['0 2 * * fri-mon', '"fri-mon" is no day of week'],
    ['5/5 * * * *', '"5/5" is no minute'],
    ['*/0 * * * *', '"*/0" is no minute'],
    ['02:30 * * * *', '"02:30" is no minute'],
    ['0 @daily * * *', '"@daily" is no hour'],
    ['0 0 31 4,6,9,11 *', 'never comes: no year has such a day'],
  ])('refuses %j', (text, problem) => {
    expect(parseCron(text)).toEqual({ ok: false, problem });
  });
});

/** The times of a pattern that are later than one time and not later than another. */
function between(pattern: string, timezone: string, from: string, to: string): string[] {
  const times = cronTimes(pattern, timezone);
  const found: string[] = [];
  let next = times.after(Date.parse(from));
  while (next !== null && next <= Date.parse(to)) {
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    next = times.after(next);
  }
  return found;
}

describe('times of day at which clocks are changed', () => {
  it('come once on the day on which they are left out: at the end of the gap', () => {
    expect(
      between('30 2 * * *', 'Europe/Zurich', '2027-03-26T12:00Z', '2027-03-29T12:00Z'),
    ).toEqual(['2027-03-27T01:30Z', '2027-03-28T01:00Z', '2027-03-29T00:30Z']);
  });

  it('come once on the day on which they are there twice: at the first', () => {
    expect(
      between('30 2 * * *', 'Europe/Zurich', '2026-10-23T12:00Z', '2026-10-26T12:00Z'),
    ).toEqual(['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z']);
  });

  it('come once also when the pattern has several', () => {
    const [from, to] = ['2027-03-28T00:00Z', '2027-03-28T23:00Z'];
    expect(between('30 2,14 * * *', 'Europe/Zurich', from, to)).toEqual([
      '2027-03-28T01:00Z',
      '2027-03-28T12:30Z',
    ]);
  });

  it('come in both hours when the pattern goes on through them', () => {
    const [from, to] = ['2026-10-24T23:45Z', '2026-10-25T01:30Z'];
    expect(between('*/30 * * * *', 'Europe/Zurich', from, to)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
    ]);
  });

  it('come at one on a day that begins at one', () => {
    const [from, to] = ['2024-04-24T12:00Z', '2024-04-26T12:00Z'];
    expect(between('0 0 * * *', 'Africa/Cairo', from, to)).toEqual([
      '2024-04-24T22:00Z',
      '2024-04-25T22:00Z',
    ]);
  });
});

describe('cronTimes', () => {
  const patterns = fc.constantFrom(
    '0 2 * * *',
    '30 2 * * *',
    '30 2,14 * * *',
    '*/15 * * * *',
    '0 * * * *',
    '0 0 * * sun',
    '15 0-5/2 * * *',
    '0 1-4 * * *',
    '*/20 59 1 * * *',
    '0 0 1 1 *',
    '0 0 29 2 *',
  );
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Zurich',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Cairo',
    'America/Sao_Paulo',
  );
  // Half of them near changes of the clocks in Zurich, New York and on Lord Howe Island.
  const changes = [
    '2026-10-25T01:00Z',
    '2027-03-28T01:00Z',
    '2026-11-01T06:00Z',
    '2026-10-03T15:30Z',
  ];
  const time = fc.oneof(
    fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -10_800_000, max: 10_800_000 }))
      .map(([change, distance]) => Date.parse(change) + distance),
  );

  it('finds the same times in both directions', () => {
    fc.assert(
      fc.property(patterns, zones, time, (pattern, zone, time) => {
        const times = cronTimes(pattern, zone);
        const next = times.after(time) ?? Number.NaN;
        const last = times.upTo(time) ?? Number.NaN;
        expect(next).toBeGreaterThan(time);
        expect(last).toBeLessThanOrEqual(time);
        expect(times.after(last)).toBe(next);
        expect(times.after(last - 1)).toBe(last);
        expect(times.upTo(next)).toBe(next);
        expect(times.upTo(next - 1)).toBe(last);
      }),
      { numRuns: 500 },
    );
  });

  it('has an end and a beginning', () => {
    const times = cronTimes('0 2 * * *', 'UTC');
    expect(times.after(Date.UTC(2999, 11, 31))).toBe(Date.UTC(2999, 11, 31, 2));
    expect(times.after(Date.UTC(3000, 0))).toBe(null);
    expect(times.upTo(Date.parse('0001-01-01T01:00Z'))).toBe(null);
  });
});
