import { z } from 'zod';
import type { Schedule } from '../core/schedule.ts';
import { CRON_FORM, parseCron } from '../lib/cron.ts';
import { durationInWords } from '../lib/duration-words.ts';
import { notParsed } from '../lib/parsed.ts';
import { duration, type FieldRule, field, flag, shown, wrongType } from './field.ts';
import { timeZone } from './names.ts';

const cronPattern: FieldRule<string> = {
  kind: 'cron pattern',
  allowed: CRON_FORM,
  read(value) {
    if (typeof value !== 'string') return wrongType('text', value);
    const result = parseCron(value);
    return result.ok ? result : notParsed(`${shown(value)}: ${result.problem}`);
  },
};

const Keys = z.strictObject({
  every: field(
    duration('1s', '366d'),
    'Time from one run to the next, counted from when the last one was due; the first is due at once.',
  ).optional(),
  cron: field(
    cronPattern,
    'Times at which runs are due, instead of `every`. A time of day that a change of the clocks leaves out or brings twice is due once; with `*` or a step in minutes or hours, runs go on through the hour that comes twice.',
  ).optional(),
  timezone: field(timeZone, 'Time zone of `cron`; by default `UTC`.').optional(),
  jitter: field(
    duration('0s', '1d'),
    'A run starts up to this much after it is due, always the same for the same job and time; never later than the next one is due.',
  ).prefault('0s'),
  catch_up: field(
    flag,
    'Whether one run makes up for those that came due while the machine or ceph2zfs was down.',
  ).prefault(true),
});
type Keys = z.infer<typeof Keys>;

/** When a job runs by itself. */
export const ScheduleOfJob = Keys.superRefine(checkTogether, {
  // Also when single values are wrong; but of a misspelt `every` it would say that it is missing.
  when: ({ issues }) => issues.every(({ code }) => code === 'custom'),
}).transform(({ every, cron = '', timezone = 'UTC', jitter, catch_up: catchUp }): Schedule => {
  return every === undefined
    ? { kind: 'cron', cron, timezone, jitter, catchUp }
    : { kind: 'every', every, jitter, catchUp };
});

/** Rules between the keys. What could not be read is there, but is no number. */
function checkTogether(keys: Keys, context: z.core.$RefinementCtx<Keys>): void {
  const { every, cron, timezone, jitter } = keys;
  const add = (at: 'key' | 'value', path: string[], message: string, allowed: string): void =>
    context.addIssue({ code: 'custom', message, path, params: { at, allowed } });
  if (every === undefined && cron === undefined) {
    add('value', [], 'does not say when', 'every or cron');
  }
  if (every !== undefined && cron !== undefined) {
    add('key', ['cron'], 'has no meaning beside every', 'every or cron');
  }
  if (cron === undefined && timezone !== undefined) {
    add('key', ['timezone'], 'has no meaning without cron', 'with cron only');
  }
  if (every !== undefined && jitter > every) {
    const message = `${durationInWords(jitter)} is longer than every`;
    add('value', ['jitter'], message, `at most ${durationInWords(every)}`);
  }
}
