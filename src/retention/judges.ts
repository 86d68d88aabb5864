import { parseRegex } from '../lib/regex.ts';
import { type LocalTime, localTimes } from '../lib/time-zone.ts';
import { PERIOD_RULES, type PeriodRule, periodOf } from './periods.ts';
import type { KeepReason } from './reason.ts';
import type { KeepRules } from './rules.ts';

/** What rules look at. */
export interface Judged {
  /** No two snapshots that are judged together share one. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
}

/**
 * One rule at work: says why it keeps a snapshot, or null. It remembers what it has seen, so it must be
 * asked about each snapshot once, the newest first.
 */
export type Judge = (snapshot: Judged) => KeepReason | null;

/** A fresh judge for each of the rules. Throws for a regular expression or time zone that is none. */
export function judgesOf(rules: KeepRules, timeZone: string): readonly Judge[] {
  const { last, within, regex } = rules;
  const local = rememberLast(localTimes(timeZone));
  return [
    ...(last === undefined ? [] : [judgeLast(last)]),
    ...(within === undefined ? [] : [judgeWithin(within)]),
    ...PERIOD_RULES.flatMap((rule) => {
      const most = rules[rule];
      return most === undefined ? [] : [judgePeriod(rule, most, local)];
    }),
    ...(regex === undefined ? [] : [judgeRegex(regex)]),
  ];
}

function judgeLast(most: number): Judge {
  let rank = 0;
  return () => (rank < most ? { kind: 'last', rank: ++rank, of: most } : null);
}

/** Counts from the newest snapshot, not from now: {@link decideRetention} says why. */
function judgeWithin(limit: number): Judge {
  let newestAt: number | null = null;
  return ({ takenAt }) => {
    newestAt ??= takenAt;
    return newestAt - takenAt <= limit ? { kind: 'within', limit } : null;
  };
}

/**
 * Periods are ranked by the newest snapshot in them. That is their order in the calendar, except where a
 * clock is put back over midnight, and a day that had ended goes on.
 */
function judgePeriod(rule: PeriodRule, most: number, local: (takenAt: number) => LocalTime): Judge {
  const seen = new Set<string>();
  return ({ takenAt }) => {
    if (seen.size >= most) return null;
    const period = periodOf(rule, local(takenAt));
    if (seen.has(period)) return null;
    seen.add(period);
    return { kind: rule, period, rank: seen.size, of: most };
  };
}

function judgeRegex(regex: string): Judge {
  const parsed = parseRegex(regex);
  if (!parsed.ok) throw new Error(`invalid regular expression ${regex}: ${parsed.problem}`);
  return ({ name }) => (parsed.value.test(name) ? { kind: 'regex', regex } : null);
}

/** Rules ask one after the other about the same time; to look at the clock is what takes long. */
function rememberLast<T>(read: (key: number) => T): (key: number) => T {
  let last: { readonly key: number; readonly value: T } | null = null;
  return (key) => {
    if (last?.key !== key) last = { key, value: read(key) };
    return last.value;
  };
}
