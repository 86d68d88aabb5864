import { z } from 'zod';
import type { Bandwidth } from '../core/bandwidth.ts';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { SIZE_FORM } from '../lib/size.ts';
import { firstOverlap, formatWeekMinute } from '../lib/week.ts';
import { DAYS_FORM, parseDays, parseTimeOfDay, TIME_OF_DAY_FORM } from '../lib/week-text.ts';
import { type FieldRule, field, shown, size, wrongType } from './field.ts';
import { timeZone } from './names.ts';
import { shorthand } from './shorthand.ts';

const bytesPerSecond = size('64KiB');

const limit: FieldRule<number | null> = {
  kind: 'size per second or `none`',
  allowed: `none, or ${SIZE_FORM}; at least 64KiB`,
  read: (value) => (value === 'none' ? parsed(null) : bytesPerSecond.read(value)),
};

/** Text that a function reads. */
function readText<T>(
  kind: string,
  allowed: string,
  parse: (text: string) => Parsed<T>,
): FieldRule<T> {
  return {
    kind,
    allowed,
    read(value) {
      if (typeof value !== 'string') return wrongType('text', value);
      const result = parse(value);
      return result.ok ? result : notParsed(`${shown(value)}: ${result.problem}`);
    },
  };
}

const timeOfDay = readText('time of day', TIME_OF_DAY_FORM, parseTimeOfDay);
const beginning = readText('time of day', TIME_OF_DAY_FORM, (text) =>
  text === '24:00' ? notParsed('is the end of a day: write 00:00') : parseTimeOfDay(text),
);
const days = readText('days of the week', DAYS_FORM, parseDays);

const Window = z
  .strictObject({
    from: field(beginning, 'When the window begins.'),
    to: field(
      timeOfDay,
      'When it ends; a time that is not later than `from` is one of the next day.',
    ),
    days: field(days, 'Days of the week on which it begins.').prefault('mon-sun'),
    limit: field(limit, 'Bound while the window lasts.'),
  })
  .readonly();

type Windows = readonly z.infer<typeof Window>[];

const Longhand = z
  .strictObject({
    limit: field(limit, 'Bound outside of all windows.').prefault('none'),
    timezone: field(timeZone, 'Time zone of the windows.').prefault('UTC'),
    windows: z
      .array(Window)
      .readonly()
      .superRefine(checkOverlaps)
      .prefault([])
      .describe('Hours of the week in which another bound holds; no two overlap.'),
  })
  .readonly();

/** How fast the transfers of a run may be, all together: bytes per second, or that and hours in which it is different. */
export const BandwidthOfJob = shorthand(limit, Longhand, (bound): Bandwidth => {
  return { limit: bound, timezone: 'UTC', windows: [] };
});

function checkOverlaps(windows: Windows, context: z.core.$RefinementCtx<Windows>): void {
  for (const [index, window] of windows.entries()) {
    for (const [other, earlier] of windows.slice(0, index).entries()) {
      const minute = firstOverlap(earlier, window);
      if (minute === null) continue;
      const message = `overlaps with windows[${other}] on ${formatWeekMinute(minute)}`;
      context.addIssue({ code: 'custom', message, path: [index] });
    }
  }
}
