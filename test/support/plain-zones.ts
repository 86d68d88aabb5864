/**
 * Clocks of time zones, written down by hand from their laws: slow, and for some years only, but they owe
 * nothing to the tables that the program uses.
 */
export interface PlainZone {
  readonly name: string;
  /** For these moments the clock is right, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** When the clock is set, oldest first, and how many minutes it is ahead of UTC from then on. */
  readonly changes: readonly Change[];
}

interface Change {
  readonly at: number;
  readonly minutes: number;
}

const MINUTE = 60_000;

export const UTC: PlainZone = {
  name: 'UTC',
  from: 0,
  to: Date.UTC(2040, 0),
  changes: [{ at: 0, minutes: 0 }],
};

/** The European Union's rule, which Switzerland follows: at 01:00 UTC, everywhere at once. */
export const ZURICH: PlainZone = {
  name: 'Europe/Zurich',
  from: Date.UTC(1997, 0),
  to: Date.UTC(2040, 0),
  changes: [
    { at: Date.UTC(1997, 0), minutes: 60 },
    ...years(1997, 2039).flatMap((year) => [
      { at: lastSunday(year, 3) + 60 * MINUTE, minutes: 120 },
      { at: lastSunday(year, 10) + 60 * MINUTE, minutes: 60 },
    ]),
  ],
};

/**
 * Half an hour beside the others. Until the spring of 2011 the clock was set at 00:01, so that in autumn it
 * went back over midnight, and a day that had ended went on; since then at 02:00.
 */
export const ST_JOHNS: PlainZone = {
  name: 'America/St_Johns',
  from: Date.UTC(2007, 0),
  to: Date.UTC(2040, 0),
  changes: [
    { at: Date.UTC(2007, 0), minutes: -210 },
    ...years(2007, 2039).flatMap((year) => {
      const [spring, autumn] = [year <= 2011 ? 1 : 120, year <= 2010 ? 1 : 120];
      return [
        { at: sunday(year, 3, 2) + (spring + 210) * MINUTE, minutes: -150 },
        { at: sunday(year, 11, 1) + (autumn + 150) * MINUTE, minutes: -210 },
      ];
    }),
  ],
};

/** Samoa: moved to the other side of the date line, without a 30 December 2011; summer time until 2021. */
export const APIA: PlainZone = {
  name: 'Pacific/Apia',
  from: Date.UTC(2010, 0),
  to: Date.UTC(2040, 0),
  changes: [
    { at: Date.UTC(2010, 0), minutes: -660 },
    { at: Date.UTC(2010, 8, 26, 11), minutes: -600 },
    { at: Date.UTC(2011, 3, 2, 14), minutes: -660 },
    { at: Date.UTC(2011, 8, 24, 14), minutes: -600 },
    { at: Date.UTC(2011, 11, 30, 10), minutes: 840 },
    ...years(2012, 2020).flatMap((year) => [
      { at: sunday(year, 4, 1) - 600 * MINUTE, minutes: 780 },
      { at: lastSunday(year, 9) - 600 * MINUTE, minutes: 840 },
    ]),
    { at: sunday(2021, 4, 1) - 600 * MINUTE, minutes: 780 },
  ],
};

export const PLAIN_ZONES: readonly PlainZone[] = [UTC, ZURICH, ST_JOHNS, APIA];

/** How many minutes the clock is ahead of UTC. */
export function minutesAhead(zone: PlainZone, ms: number): number {
  const change = zone.changes.findLast(({ at }) => at <= ms);
  if (change === undefined || ms >= zone.to) throw new Error(`${zone.name} is not known at ${ms}`);
  return change.minutes;
}

/** What the clock shows, as a date whose UTC fields are those of the clock. */
export function clockOf(zone: PlainZone, ms: number): Date {
  return new Date(ms + minutesAhead(zone, ms) * MINUTE);
}

function years(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Midnight UTC of the `nth` Sunday of a month; months count from 1. */
function sunday(year: number, month: number, nth: number): number {
  let day = 1;
  while (new Date(Date.UTC(year, month - 1, day)).getUTCDay() !== 0) day++;
  return Date.UTC(year, month - 1, day + 7 * (nth - 1));
}

function lastSunday(year: number, month: number): number {
  const [fourth, fifth] = [sunday(year, month, 4), sunday(year, month, 5)];
  return new Date(fifth).getUTCMonth() === month - 1 ? fifth : fourth;
}
