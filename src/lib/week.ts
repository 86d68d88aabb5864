/** Of a week. */
export const WEEK_MINUTES = 7 * 24 * 60;
const DAY_MINUTES = 24 * 60;

/** From Monday, which is 0. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Hours that come again every week. */
export interface WeeklyHours {
  /** Minutes since midnight. */
  readonly from: number;
  /** Likewise; not later than `from` means on the next day. */
  readonly to: number;
  /** Days on which they begin: 0 is Monday. */
  readonly days: readonly number[];
}

/** A part of the week: minutes since its beginning, `to` excluded. */
export interface WeekSpan {
  readonly from: number;
  readonly to: number;
}

/** The parts of the week that hours take; what goes on over its end is two. */
export function spansOf({ from, to, days }: WeeklyHours): WeekSpan[] {
  const length = to > from ? to - from : to - from + DAY_MINUTES;
  return days.flatMap((day) => {
    const begin = (day * DAY_MINUTES + from) % WEEK_MINUTES;
    const end = begin + length;
    if (end <= WEEK_MINUTES) return [{ from: begin, to: end }];
    return [
      { from: begin, to: WEEK_MINUTES },
      { from: 0, to: end - WEEK_MINUTES },
    ];
  });
}

/** The minute of the week from which on both have the same hours, or null when they never do. */
export function firstOverlap(a: WeeklyHours, b: WeeklyHours): number | null {
  const others = spansOf(b);
  const shared = spansOf(a).flatMap((one) =>
    others
      .map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))
      .filter(({ from, to }) => from < to)
      .map(({ from }) => from),
  );
  return shared.length === 0 ? null : Math.min(...shared);
}

/** `tue 08:00`. */
export function formatWeekMinute(minute: number): string {
  const day = DAYS[Math.floor(minute / DAY_MINUTES)] ?? '';
  const time = minute % DAY_MINUTES;
  return `${day} ${pad(Math.floor(time / 60))}:${pad(time % 60)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
