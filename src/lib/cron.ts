import { Cron } from 'croner';
import { notParsed, type Parsed, parsed } from './parsed.ts';

/** What a pattern may look like, for messages and documentation. */
export const CRON_FORM =
  'as in crontab: minute, hour, day of month, month, day of week; a sixth field in front is for seconds';

const FIELDS = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week'];

/** Reads a pattern of five or six fields; the value has single spaces between them. */
export function parseCron(text: string): Parsed<string> {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    const noun = fields.length === 1 ? 'field' : 'fields';
    return notParsed(`has ${fields.length} ${noun}, not five or six`);
  }
  const pattern = fields.join(' ');
  const wrong = fields.findIndex((field, index) => !isField(field, index, fields.length));
  if (wrong !== -1) {
    const name = FIELDS.at(wrong - fields.length) ?? '';
    return notParsed(`${JSON.stringify(fields[wrong])} is no ${name}`);
  }
  if (!isPattern(pattern)) return notParsed('not a pattern');
  // Such as on the 31st of February.
  const comes = cronTimes(pattern, 'UTC').after(Date.UTC(2000, 0));
  return comes === null ? notParsed('never comes: no year has such a day') : parsed(pattern);
}

/** Whether croner takes a field, were all others a star. */
function isField(field: string, index: number, count: number): boolean {
  return isPattern(Array.from({ length: count }, (_, i) => (i === index ? field : '*')).join(' '));
}

function isPattern(pattern: string): boolean {
  try {
    patternOf(pattern, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** The times of a pattern, in milliseconds since 1970. */
export interface CronTimes {
  /** The first one that is later than a time; null from the year 3000 on. */
  after(time: number): number | null;
  /** The last one that is not later than a time; null when there is none. */
  upTo(time: number): number | null;
}

/**
 * The times of a pattern in a time zone. A time of day that a change to summer time leaves out is
 * instead at the end of the gap; one that the change back brings twice is at the first. Patterns with a
 * star or a step in seconds, minutes or hours go on through both hours, as intervals do.
 * Throws on what {@link parseCron} refuses.
 */
export function cronTimes(pattern: string, timezone: string): CronTimes {
  const cron = patternOf(pattern, timezone);
  return {
    after: (time) => cron.nextRun(new Date(time))?.getTime() ?? null,
    // What is asked for lies before the time that is handed in, and nothing lies between two milliseconds.
    upTo: (time) => cron.previousRuns(1, new Date(time + 1))[0]?.getTime() ?? null,
  };
}

function patternOf(pattern: string, timezone: string): Cron {
  // Without this rule `30 2,14 * * *` would leave out the 02:30 that a change of the clocks leaves out.
  return new Cron(pattern, { timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
}
