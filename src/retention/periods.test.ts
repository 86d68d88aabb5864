import { describe, expect, it } from 'vitest';
import { localTimes } from '../lib/time-zone.ts';
import { PERIOD_RULES, type PeriodRule, periodOf } from './periods.ts';

function period(rule: PeriodRule, time: string, zone = 'UTC'): string {
  return periodOf(rule, localTimes(zone)(Date.parse(time)));
}

describe('periodOf', () => {
  it('names a moment by all the periods that it is in', () => {
    const names = PERIOD_RULES.map((rule) => period(rule, '2026-11-24T12:30:00Z', 'Europe/Zurich'));
    expect(names).toEqual(['2026-11-24T13+01:00', '2026-11-24', '2026-W48', '2026-11', '2026']);
  });

  it.each([
    ['UTC', '2026-11-24T09Z'],
    ['America/St_Johns', '2026-11-24T05-03:30'],
    ['Pacific/Apia', '2026-11-24T22+13:00'],
    ['Asia/Kathmandu', '2026-11-24T14+05:45'],
  ])('names an hour in %s with its offset', (zone, name) => {
    expect(period('hourly', '2026-11-24T09:00:00Z', zone)).toBe(name);
  });

  it('names an offset with seconds', () => {
    expect(period('hourly', '1970-06-01T12:00:00Z', 'Africa/Monrovia')).toBe(
      '1970-06-01T11-00:44:30',
    );
  });

  it('takes the two hours that the clock shows as 02 for two hours of one day', () => {
    const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
    expect(period('hourly', first, 'Europe/Zurich')).toBe('2026-10-25T02+02:00');
    expect(period('hourly', second, 'Europe/Zurich')).toBe('2026-10-25T02+01:00');
    expect(period('daily', first, 'Europe/Zurich')).toBe('2026-10-25');
    expect(period('daily', second, 'Europe/Zurich')).toBe('2026-10-25');
  });

  it('knows that Samoa had no 30 December 2011', () => {
    const hours = Array.from({ length: 72 }, (_, hour) => Date.UTC(2011, 11, 29, hour));
    const days = hours.map((hour) => periodOf('daily', localTimes('Pacific/Apia')(hour)));
    expect([...new Set(days)]).toEqual(['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01']);
  });
});

/** For 200 years of days: quicker than to look at a clock. */
function weekOf(date: Date): string {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return periodOf('weekly', { year, month, day: date.getUTCDate(), hour: 0, offset: 0 });
}

describe('the ISO week', () => {
  it.each([
    ['1970-01-01', '1970-W01'],
    ['2004-12-31', '2004-W53'],
    ['2005-01-01', '2004-W53'],
    ['2005-01-02', '2004-W53'],
    ['2005-01-03', '2005-W01'],
    ['2007-12-31', '2008-W01'],
    ['2008-12-28', '2008-W52'],
    ['2008-12-29', '2009-W01'],
    ['2010-01-03', '2009-W53'],
    ['2010-01-04', '2010-W01'],
    ['2020-12-31', '2020-W53'],
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2024-12-29', '2024-W52'],
    ['2024-12-30', '2025-W01'],
    ['2026-11-24', '2026-W48'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
  ])('of %s is %s', (day, week) => {
    expect(period('weekly', `${day}T12:00:00Z`)).toBe(week);
  });

  it('begins on Mondays, each with 4 January in the first of its year, for 200 years', () => {
    let [year, week] = [1970, 1];
    // Thursday, 1 January 1970 is in its first week.
    for (let day = Date.UTC(1970, 0, 1); day < Date.UTC(2170, 0, 1); day += 86_400_000) {
      const date = new Date(day);
      if (date.getUTCDay() === 1) {
        const sunday = new Date(day + 6 * 86_400_000);
        const hasFourth = sunday.getUTCMonth() === 0 && sunday.getUTCDate() >= 4;
        const isFirst = hasFourth && sunday.getUTCDate() <= 10;
        [year, week] = isFirst ? [sunday.getUTCFullYear(), 1] : [year, week + 1];
      }
      expect(weekOf(date)).toBe(`${year}-W${String(week).padStart(2, '0')}`);
    }
  });

  it('is that of the day that the time zone has', () => {
    expect(period('weekly', '2027-01-03T23:30:00Z', 'UTC')).toBe('2026-W53');
    expect(period('weekly', '2027-01-03T23:30:00Z', 'Europe/Zurich')).toBe('2027-W01');
  });
});
