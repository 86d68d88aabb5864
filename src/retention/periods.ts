import type { LocalTime } from '../lib/time-zone.ts';

/** The rules that keep the newest snapshot of each period, from the shortest period to the longest. */
export const PERIOD_RULES = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type PeriodRule = (typeof PERIOD_RULES)[number];

/**
 * Names the period that a moment is in: `2026-11-24T13+01:00`, `2026-11-24`, `2026-W48`, `2026-11`,
 * `2026`. An hour has its offset from UTC with it: when the clock is put back it shows an hour twice, and
 * these are two hours.
 */
export function periodOf(rule: PeriodRule, time: LocalTime): string {
  const year = digits(time.year, 4);
  const month = `${year}-${digits(time.month, 2)}`;
  const day = `${month}-${digits(time.day, 2)}`;
  switch (rule) {
    case 'hourly':
      return `${day}T${digits(time.hour, 2)}${offsetText(time.offset)}`;
    case 'daily':
      return day;
    case 'weekly':
      return isoWeek(time);
    case 'monthly':
      return month;
    case 'yearly':
      return year;
  }
}

const DAY_MS = 86_400_000;

/** `2026-W53`. A week goes from Monday to Sunday, and belongs to the year in which its Thursday is. */
function isoWeek({ year, month, day }: LocalTime): string {
  const midnight = new Date(Date.UTC(year, month - 1, day));
  const daysSinceMonday = (midnight.getUTCDay() + 6) % 7;
  const thursday = new Date(midnight.getTime() + (3 - daysSinceMonday) * DAY_MS);
  const weekYear = thursday.getUTCFullYear();
  const daysSinceNewYear = (thursday.getTime() - Date.UTC(weekYear, 0, 1)) / DAY_MS;
  return `${digits(weekYear, 4)}-W${digits(Math.floor(daysSinceNewYear / 7) + 1, 2)}`;
}

/** `+01:00`, `-03:30`, `Z`; with seconds where a zone has such an offset, as some had until 1972. */
function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const seconds = Math.abs(offset);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (seconds % 60 > 0) parts.push(seconds % 60);
  return (offset < 0 ? '-' : '+') + parts.map((part) => digits(part, 2)).join(':');
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
