import { z } from 'zod';
import { DURATION_FORM, parseDuration } from '../lib/duration.ts';
import { type NotParsed, notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { parseSize, SIZE_FORM } from '../lib/size.ts';

/** How the value of one key is read; the texts go into messages and into the reference. */
export interface FieldRule<T> {
  /** What kind of value it is, such as `size`. */
  readonly kind: string;
  readonly allowed: string;
  /** Gets the value as YAML has it, neither undefined nor null. */
  read(value: unknown): Parsed<T>;
}

/** A schema for one scalar value, which reports in our own words. */
export function field<T>(rule: FieldRule<T>, description: string) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = given(value) ?? rule.read(value);
      if (result.ok) return result.value;
      const { problem: message, allowed = rule.allowed } = result;
      context.addIssue({ code: 'custom', message, params: { allowed } });
      return z.NEVER;
    })
    .meta({ description, kind: rule.kind, allowed: rule.allowed });
}

/** What is wrong when there is nothing to read. */
function given(value: unknown): NotParsed | null {
  if (value === undefined) return notParsed('missing');
  return value === null ? notParsed('has no value') : null;
}

/** Text that passes a check; the check returns what is wrong, or null. */
export function text(
  kind: string,
  allowed: string,
  check: (value: string) => string | null,
): FieldRule<string> {
  return {
    kind,
    allowed,
    read(value) {
      if (typeof value !== 'string') return wrongType('text', value);
      const problem = value === '' ? 'empty' : check(value);
      return problem === null ? parsed(value) : notParsed(problem);
    },
  };
}

export function choice<const T extends string>(values: readonly T[]): FieldRule<T> {
  const allowed = values.map((value) => `"${value}"`).join(', ');
  return {
    kind: values.map((value) => `\`${value}\``).join(' or '),
    allowed,
    read(value) {
      const found = values.find((candidate) => candidate === value);
      return found === undefined ? notParsed(`${shown(value)} is not known`) : parsed(found);
    },
  };
}

export const flag: FieldRule<boolean> = {
  kind: '`true` or `false`',
  allowed: 'true or false',
  read(value) {
    return typeof value === 'boolean' ? parsed(value) : wrongType('true or false', value);
  },
};

/** A size in bytes, at least `least` (a size as text). */
export function size(least: string): FieldRule<number> {
  return bounded('size', SIZE_FORM, least, parseSize);
}

/** A duration in milliseconds, at least `least` and at most `most` (durations as text). */
export function duration(least: string, most?: string): FieldRule<number> {
  return bounded('duration', DURATION_FORM, least, parseDuration, most);
}

export function integer(least: number, most: number): FieldRule<number> {
  const allowed = `a whole number from ${least} to ${most}`;
  return {
    kind: 'whole number',
    allowed,
    read(value) {
      if (typeof value !== 'number') return wrongType('a number', value);
      const fits = Number.isInteger(value) && value >= least && value <= most;
      return fits ? parsed(value) : notParsed(`${value} is not allowed`);
    },
  };
}

function bounded(
  kind: string,
  form: string,
  least: string,
  parse: (text: string) => Parsed<number>,
  most?: string,
): FieldRule<number> {
  const [lower, upper] = [parse(least), most === undefined ? null : parse(most)];
  return {
    kind,
    allowed: `${form}; at least ${least}${most === undefined ? '' : `, at most ${most}`}`,
    read(value) {
      if (typeof value !== 'string' && typeof value !== 'number') {
        return wrongType(`a ${kind}`, value);
      }
      const result = parse(String(value));
      if (!result.ok) return notParsed(`${shown(value)}: ${result.problem}`);
      if (lower.ok && result.value < lower.value) {
        return notParsed(`${shown(value)} is less than ${least}`);
      }
      const isTooLarge = upper?.ok === true && result.value > upper.value;
      return isTooLarge ? notParsed(`${shown(value)} is more than ${most}`) : result;
    },
  };
}

/** `must be text, but is a list`. */
export function wrongType(expected: string, value: unknown) {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  const advice = expected === 'text' && isScalar ? ': put it in quotes' : '';
  return notParsed(`must be ${expected}, but is ${typeOf(value)}${advice}`);
}

export function typeOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? `${value}, a ${typeof value}` : 'a mapping';
}

/** A value as it stands in a message: quoted, and not longer than a line. */
export function shown(value: unknown): string {
  if (typeof value === 'object') return typeOf(value);
  const quoted = JSON.stringify(value);
  return quoted.length > 80 ? `${quoted.slice(0, 76)}…"` : quoted;
}
