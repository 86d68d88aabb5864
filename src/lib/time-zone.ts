import { closest } from './closest.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

/** What a time zone may be, for messages and documentation. */
export const TIME_ZONE_FORM = 'the name of a time zone, such as UTC or Europe/Zurich';

/** Checks the name of a time zone. Which there are is a matter of Node, not of the machine. */
export function parseTimeZone(name: string): Parsed<string> {
  // `Intl` takes an offset as well, and people would expect summer time of it.
  if (/^[+-]/.test(name)) return notParsed(`${JSON.stringify(name)} is an offset, not a time zone`);
  try {
    formatterFor(name);
    return parsed(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const meant = meantZone(name);
    const advice = meant === null ? '' : `; did you mean "${meant}"?`;
    return notParsed(`${JSON.stringify(name)} is not known${advice}`);
  }
}

/** People name their city: `Zurich`. */
function meantZone(name: string): string | null {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const city = `/${name.toLowerCase()}`;
  return known.find((zone) => zone.toLowerCase().endsWith(city)) ?? closest(name, known);
}

/** What calendar and clock of a time zone show at some moment. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** How far the clock is ahead of UTC, in seconds. It tells the two apart when an hour repeats. */
  readonly offset: number;
}

/**
 * Reads the clock of a time zone at milliseconds since 1970. What is returned is to be used many
 * times: to make it costs as much as thousands of calls. Throws a RangeError for a zone that
 * {@link parseTimeZone} refuses, and for what is no time.
 */
export function localTimes(timeZone: string): (ms: number) => LocalTime {
  const formatter = formatterFor(timeZone);
  return (ms) => {
    const parts = new Map<string, number>();
    for (const { type, value } of formatter.formatToParts(ms)) parts.set(type, Number(value));
    const get = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN;
    const [year, month, day, hour] = [get('year'), get('month'), get('day'), get('hour')];
    const clock = Date.UTC(year, month - 1, day, hour, get('minute'), get('second'));
    return { year, month, day, hour, offset: clock / 1000 - Math.floor(ms / 1000) };
  };
}

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    // Midnight is hour 0, not 24.
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
