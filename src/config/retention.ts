import { z } from 'zod';
import { parseRegex, REGEX_FORM } from '../lib/regex.ts';
import { duration, field, integer, shown, text } from './field.ts';
import { timeZone } from './names.ts';

const COUNT = integer(1, 1_000_000);

const regex = text('regular expression', REGEX_FORM, (value) => {
  const result = parseRegex(value);
  return result.ok ? null : `${shown(value)}: ${result.problem}`;
});

/** What may be kept; a snapshot stays if any of these keeps it. Durations are milliseconds. */
const RULES = {
  last: field(COUNT, 'So many of the newest snapshots.').optional(),
  within: field(
    duration('1s'),
    'All snapshots that are at most this much older than the newest one.',
  ).optional(),
  hourly: field(
    COUNT,
    'The newest snapshot of each of the newest so many hours that have any.',
  ).optional(),
  daily: field(COUNT, 'The newest snapshot of each day, likewise.').optional(),
  weekly: field(
    COUNT,
    'The newest snapshot of each week, likewise; weeks go from Monday to Sunday.',
  ).optional(),
  monthly: field(COUNT, 'The newest snapshot of each month, likewise.').optional(),
  yearly: field(COUNT, 'The newest snapshot of each year, likewise.').optional(),
  regex: field(
    regex,
    'All snapshots whose names match; anywhere in the name, unless `^` or `$` say otherwise.',
  ).optional(),
};

const ANY_RULE = `at least one of ${Object.keys(RULES).join(', ')}`;

/** The rules of one side. That there are none can only be a mistake: most likely one fell victim to an edit. */
function rulesOfSide(description: string, withoutRules: string) {
  return z
    .strictObject(RULES)
    .superRefine((rules, context) => {
      // A misspelt rule was told already.
      if (context.issues.length > 0) return;
      if (Object.values(rules).some((rule) => rule !== undefined)) return;
      const message = `has no rule: ${withoutRules}`;
      context.addIssue({ code: 'custom', message, params: { allowed: ANY_RULE } });
    })
    .readonly()
    .optional()
    .describe(description);
}

/**
 * Which snapshots of a job are kept. The time zone is that of both sides: snapshots have the same name and time
 * on both, so that equal rules keep the same ones.
 */
export const Keep = z
  .strictObject({
    target: rulesOfSide(
      'Which snapshots are kept on the target; by default all.',
      'leave the key out to keep all snapshots',
    ),
    source: rulesOfSide(
      'Which snapshots are kept on the source; by default only the base.',
      'leave the key out to keep only the base',
    ),
    timezone: field(timeZone, 'Time zone of the hours, days, weeks, months and years.').prefault(
      'UTC',
    ),
  })
  .superRefine(({ target, source }, context) => {
    if (context.issues.length > 0 || target !== undefined || source !== undefined) return;
    const message = 'has no rules: leave the key out to keep everything on the target';
    context.addIssue({ code: 'custom', message, params: { allowed: 'rules for target, source' } });
  })
  .readonly()
  .optional()
  .describe(
    'Which of its snapshots the job keeps; a snapshot stays if any rule keeps it. The newest one on each side and the base always stay.',
  );
