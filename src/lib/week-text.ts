import { notParsed, type Parsed, parsed } from './parsed.ts';
import { DAYS } from './week.ts';

const DAY_MINUTES = 24 * 60;

export const TIME_OF_DAY_FORM = 'HH:MM, such as 08:30';
export const DAYS_FORM =
  'mon, tue, wed, thu, fri, sat, sun; several with commas, or ranges such as mon-fri';

/** Reads a time such as `08:30` into minutes since midnight; `24:00` is the end of a day. */
export function parseTimeOfDay(text: string): Parsed<number> {
  const match = /^(?<hours>\d{1,2}):(?<minutes>\d\d)$/.exec(text);
  if (!match?.groups) return notParsed('not a time of day');
  const { hours = '', minutes = '' } = match.groups;
  if (hours.length === 1) return notParsed(`write 0${text}`);
  const time = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || time > DAY_MINUTES) return notParsed('no clock shows that');
  return parsed(time);
}

/** Reads `mon-fri` or `sat,sun` into numbers: 0 is Monday, 6 is Sunday. */
export function parseDays(text: string): Parsed<readonly number[]> {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const ends = part.split('-').map((day) => DAYS.indexOf(day.trim().toLowerCase()));
    const [first = -1, last = first] = ends;
    if (ends.length > 2 || ends.includes(-1)) {
      return notParsed(`${JSON.stringify(part.trim())} is no day of the week`);
    }
    // A range may go on over the end of the week, as in `sat-mon`.
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return parsed([...days].toSorted());
}
