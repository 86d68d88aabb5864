import type { Candidate } from '../../src/retention/decide.ts';
import { PERIOD_RULES, type PeriodRule } from '../../src/retention/periods.ts';
import type { KeepReason } from '../../src/retention/reason.ts';
import type { KeepRules } from '../../src/retention/rules.ts';
import { clockOf, minutesAhead, type PlainZone } from './plain-zones.ts';

/**
 * Why a snapshot is kept, by looking at all others each time: slow, and as the rules are told to people.
 * Nothing is shared with the program but the types.
 */
export function plainReasons(
  snapshot: Candidate,
  all: readonly Candidate[],
  rules: KeepRules,
  zone: PlainZone,
): KeepReason[] {
  const newer = all.filter((other) => isNewer(other, snapshot));
  const reasons: KeepReason[] = [];
  if (newer.length === 0) reasons.push({ kind: 'newest' });
  for (const kind of ['base', 'pinned', 'held', 'cloned'] as const) {
    if (snapshot.protections.includes(kind)) reasons.push({ kind });
  }
  if (rules.last !== undefined && newer.length < rules.last) {
    reasons.push({ kind: 'last', rank: newer.length + 1, of: rules.last });
  }
  const newestAt = Math.max(...all.map(({ takenAt }) => takenAt));
  if (rules.within !== undefined && snapshot.takenAt >= newestAt - rules.within) {
    reasons.push({ kind: 'within', limit: rules.within });
  }
  for (const kind of PERIOD_RULES) {
    const of = rules[kind];
    const period = plainPeriod(kind, snapshot.takenAt, zone);
    const newerPeriods = new Set(newer.map(({ takenAt }) => plainPeriod(kind, takenAt, zone)));
    if (of === undefined || newerPeriods.has(period) || newerPeriods.size >= of) continue;
    reasons.push({ kind, period, rank: newerPeriods.size + 1, of });
  }
  if (rules.regex !== undefined && new RegExp(rules.regex, 'v').test(snapshot.name)) {
    reasons.push({ kind: 'regex', regex: rules.regex });
  }
  return reasons;
}

/** The name of a period, cut out of what the clock shows. */
export function plainPeriod(rule: PeriodRule, ms: number, zone: PlainZone): string {
  const shown = clockOf(zone, ms).toISOString();
  switch (rule) {
    case 'hourly':
      return shown.slice(0, 13) + offset(minutesAhead(zone, ms));
    case 'daily':
      return shown.slice(0, 10);
    case 'weekly':
      return plainWeek(shown.slice(0, 10));
    case 'monthly':
      return shown.slice(0, 7);
    case 'yearly':
      return shown.slice(0, 4);
  }
}

/** The week's Thursday, which is the how manieth of its year. */
function plainWeek(day: string): string {
  const thursday = new Date(`${day}T00:00:00Z`);
  // Back to Monday, then on to Thursday.
  while (thursday.getUTCDay() !== 1) thursday.setUTCDate(thursday.getUTCDate() - 1);
  while (thursday.getUTCDay() !== 4) thursday.setUTCDate(thursday.getUTCDate() + 1);
  const year = thursday.getUTCFullYear();
  let week = 0;
  for (const date = new Date(Date.UTC(year, 0, 1)); date <= thursday; ) {
    if (date.getUTCDay() === 4) week++;
    date.setUTCDate(date.getUTCDate() + 1);
  }
  return `${year}-W${week < 10 ? '0' : ''}${week}`;
}

function offset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const clock = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16);
  return `${minutes < 0 ? '-' : '+'}${clock}`;
}

function isNewer(a: Candidate, b: Candidate): boolean {
  return a.takenAt > b.takenAt || (a.takenAt === b.takenAt && a.name > b.name);
}
