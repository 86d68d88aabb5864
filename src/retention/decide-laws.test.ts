import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_ZONES, type PlainZone, ZURICH } from '../../test/support/plain-zones.ts';
import { plainPeriod, plainReasons } from '../../test/support/retention-oracle.ts';
import { type Candidate, type Decision, decideRetention } from './decide.ts';
import { PERIOD_RULES, type PeriodRule } from './periods.ts';
import type { KeepReason, PeriodReason, Protection } from './reason.ts';
import type { KeepRules } from './rules.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

const RULE_NAMES = ['last', 'within', ...PERIOD_RULES, 'regex'] as const;
const COUNT_RULES = ['last', ...PERIOD_RULES] as const;

const rules: fc.Arbitrary<KeepRules> = fc.record(
  {
    last: fc.integer({ min: 1, max: 5 }),
    within: fc
      .integer({ min: 1, max: 10 })
      .chain((count) => fc.constantFrom(MINUTE, HOUR, DAY).map((unit) => count * unit)),
    hourly: fc.integer({ min: 1, max: 6 }),
    daily: fc.integer({ min: 1, max: 6 }),
    weekly: fc.integer({ min: 1, max: 4 }),
    monthly: fc.integer({ min: 1, max: 4 }),
    yearly: fc.integer({ min: 1, max: 3 }),
    regex: fc.constantFrom('a', '^b', '[0-4]$', 'never'),
  },
  { requiredKeys: [] },
);

const protections = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Protection[]>([]) },
  {
    weight: 1,
    arbitrary: fc.subarray<Protection>(['base', 'pinned', 'held', 'cloned'], { minLength: 1 }),
  },
);

/** Distances from a moment: within minutes, hours, weeks or years; some are equal. */
const distance = fc.oneof(
  fc.integer({ min: -8, max: 8 }).map((count) => (count * MINUTE) / 2),
  fc.integer({ min: -18, max: 18 }).map((count) => count * 10 * MINUTE),
  fc.integer({ min: -200, max: 200 }).map((count) => count * 3 * HOUR),
  fc.integer({ min: -40, max: 40 }).map((count) => count * 20 * DAY + HOUR),
);

interface History {
  readonly zone: PlainZone;
  readonly snapshots: readonly Candidate[];
}

/** Snapshots of a zone, often around a change of its clock or the turn of a year; in any order. */
const histories: fc.Arbitrary<History> = fc.constantFrom(...PLAIN_ZONES).chain((zone) => {
  const { from, to, changes } = zone;
  const moment = fc.oneof(
    fc.constantFrom(...changes.map(({ at }) => at)),
    fc.integer({ min: 2011, max: 2038 }).map((year) => Date.UTC(year, 0)),
    fc.integer({ min: from, max: to - 1 }),
  );
  const taken = fc.tuple(moment, fc.array(distance, { maxLength: 40 })).map(([middle, distances]) =>
    // Beyond the years that are known, time stands still.
    distances.map((each) => Math.min(Math.max(middle + each, from), to - 1)),
  );
  return taken
    .chain((times) =>
      fc.tuple(
        ...times.map((takenAt, index) =>
          fc.record({
            name: fc.constantFrom('a', 'b', 'c').map((letter) => `${letter}${index}`),
            takenAt: fc.constant(takenAt),
            protections,
          }),
        ),
      ),
    )
    .map((snapshots) => ({ zone, snapshots }));
});

function holds(law: (history: History, rules: KeepRules, another: KeepRules) => void) {
  return () => {
    fc.assert(fc.property(histories, rules, rules, law), { numRuns: 200 });
  };
}

function decide({ snapshots, zone }: History, rules: KeepRules | null): readonly Decision[] {
  return decideRetention(snapshots, rules, zone.name);
}

function kept(history: History, rules: KeepRules | null): readonly Candidate[] {
  return decide(history, rules)
    .filter(({ keep }) => keep)
    .map(({ snapshot }) => snapshot);
}

function expectSubset(less: readonly Candidate[], more: readonly Candidate[]): void {
  const names = new Set(more.map(({ name }) => name));
  expect(less.filter(({ name }) => !names.has(name))).toEqual([]);
}

function isPeriodReason(reason: KeepReason): reason is PeriodReason {
  return PERIOD_RULES.some((rule) => rule === reason.kind);
}

describe('what is kept', () => {
  it(
    'is what the rules say to somebody slow',
    holds((history, rules) => {
      const { snapshots, zone } = history;
      for (const { snapshot, keep, reasons } of decide(history, rules)) {
        const expected = plainReasons(snapshot, snapshots, rules, zone);
        expect(reasons).toEqual(expected);
        expect(keep).toBe(expected.length > 0);
      }
    }),
  );

  it(
    'comes newest first, each snapshot once',
    holds((history, rules) => {
      const decided = decide(history, rules).map(({ snapshot }) => snapshot);
      expect(new Set(decided)).toEqual(new Set(history.snapshots));
      expect(decided).toHaveLength(history.snapshots.length);
      const times = decided.map(({ takenAt }) => takenAt);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }),
  );

  it(
    'does not depend on the order in which snapshots are handed in',
    holds((history, rules) => {
      const { snapshots, zone } = history;
      const decisions = decide(history, rules);
      for (const other of [snapshots.toReversed(), snapshots.toSorted(byName)]) {
        expect(decide({ snapshots: other, zone }, rules)).toEqual(decisions);
      }
    }),
  );

  it(
    'is never less with one rule more',
    holds((history, rules, another) => {
      for (const name of RULE_NAMES) {
        if (rules[name] !== undefined) continue;
        expectSubset(kept(history, rules), kept(history, { ...rules, [name]: another[name] }));
      }
      expectSubset(kept(history, rules), kept(history, null));
    }),
  );

  it(
    'is what the rules keep one by one',
    holds((history, rules) => {
      const alone = RULE_NAMES.flatMap((name) => kept(history, { [name]: rules[name] }));
      const together = kept(history, rules);
      expectSubset(alone, together);
      if (RULE_NAMES.some((name) => rules[name] !== undefined)) expectSubset(together, alone);
    }),
  );

  it(
    'is never less when a number is raised',
    holds((history, rules) => {
      for (const name of [...COUNT_RULES, 'within'] as const) {
        const value = rules[name];
        if (value === undefined) continue;
        for (const raised of [value + 1, value * 3]) {
          expectSubset(kept(history, rules), kept(history, { ...rules, [name]: raised }));
        }
      }
    }),
  );

  it(
    'has all that is protected, for every reason there is',
    holds((history, rules) => {
      for (const given of [rules, {}, null]) {
        for (const { snapshot, keep, reasons } of decide(history, given)) {
          const kinds = reasons.map(({ kind }) => kind);
          expect(kinds).toEqual(expect.arrayContaining([...snapshot.protections]));
          if (snapshot.protections.length > 0) expect(keep).toBe(true);
        }
      }
    }),
  );

  it(
    'is something, where there was something',
    holds((history, rules) => {
      for (const given of [rules, {}, { regex: 'never' }]) {
        const [first] = decide(history, given);
        expect(first?.keep ?? true).toBe(true);
        expect(kept(history, given).length > 0).toBe(history.snapshots.length > 0);
      }
    }),
  );

  it(
    'has of each period the newest, and for each rule no more than asked',
    holds((history, rules) => {
      const { snapshots, zone } = history;
      for (const rule of PERIOD_RULES) {
        const keepers = decide(history, rules).flatMap(({ snapshot, reasons }) =>
          reasons
            .filter(isPeriodReason)
            .filter(({ kind }) => kind === rule)
            .map((reason) => ({ snapshot, reason })),
        );
        const periods = keepers.map(({ reason }) => reason.period);
        expect(new Set(periods).size).toBe(periods.length);
        const there = new Set(snapshots.map(({ takenAt }) => plainPeriod(rule, takenAt, zone)));
        expect(periods).toHaveLength(Math.min(rules[rule] ?? 0, there.size));
        for (const { snapshot, reason } of keepers) {
          const times = snapshots
            .filter(({ takenAt }) => plainPeriod(rule, takenAt, zone) === reason.period)
            .map(({ takenAt }) => takenAt);
          expect(snapshot.takenAt).toBe(Math.max(...times));
        }
        expect(keepers.map(({ reason }) => reason.rank)).toEqual(
          keepers.map((_, index) => index + 1),
        );
      }
    }),
  );

  it(
    'is kept again, for the same reasons, when it is decided again',
    holds((history, rules) => {
      const first = decide(history, rules).filter(({ keep }) => keep);
      const rest = first.map(({ snapshot }) => snapshot);
      expect(decide({ ...history, snapshots: rest }, rules)).toEqual(first);
    }),
  );

  // In any order: also when a clock goes back, and a snapshot seems older than those before it.
  it(
    'is the same when one prunes after every snapshot',
    holds((history, rules) => {
      let left: readonly Candidate[] = [];
      for (const snapshot of history.snapshots) {
        left = kept({ ...history, snapshots: [...left, snapshot] }, rules);
      }
      expect(left).toEqual(kept(history, rules));
    }),
  );

  // What protected a snapshot ends: then the rules decide as if it had never been protected.
  it(
    'has nothing that was protected only once',
    holds((history, rules) => {
      const plain = history.snapshots.map((snapshot) => ({ ...snapshot, protections: [] }));
      const rest = kept(history, rules).map((snapshot) => ({ ...snapshot, protections: [] }));
      const later = kept({ ...history, snapshots: rest }, rules);
      expect(later).toEqual(kept({ ...history, snapshots: plain }, rules));
    }),
  );
});

describe('a backup every hour for sixty days, pruned every hour', () => {
  // Over the end of summer time.
  const START = Date.parse('2026-09-14T22:10:00Z');
  const HOURS = Array.from({ length: 60 * 24 + 1 }, (_, hour) => START + hour * HOUR);

  function prunedHourly(rules: KeepRules): readonly number[] {
    let left: readonly Candidate[] = [];
    for (const takenAt of HOURS) {
      const snapshot = { name: `s${takenAt}`, takenAt, protections: [] };
      left = kept({ zone: ZURICH, snapshots: [...left, snapshot] }, rules);
    }
    return left.map(({ takenAt }) => takenAt);
  }

  /** The last time of each of the last periods. */
  function lastOf(rule: PeriodRule, count: number): number[] {
    const last = new Map(HOURS.map((hour) => [plainPeriod(rule, hour, ZURICH), hour]));
    return [...last.values()].toReversed().slice(0, count);
  }

  it.each([
    ['daily', 14],
    ['weekly', 8],
    ['monthly', 3],
    ['hourly', 24],
  ] as const)('leaves of %s: %d exactly the last of each', (rule, count) => {
    const left = prunedHourly({ [rule]: count });
    expect(left).toHaveLength(count);
    expect(left).toEqual(lastOf(rule, count));
  });

  it('leaves of several rules what each of them needs, and nothing else', () => {
    const left = prunedHourly({ last: 3, daily: 14, weekly: 8, monthly: 3 });
    const needed = new Set([
      ...HOURS.slice(-3),
      ...lastOf('daily', 14),
      ...lastOf('weekly', 8),
      ...lastOf('monthly', 3),
    ]);
    expect(left).toEqual([...needed].toSorted((a, b) => b - a));
  });
});

function byName(a: Candidate, b: Candidate): number {
  return a.name < b.name ? -1 : 1;
}
