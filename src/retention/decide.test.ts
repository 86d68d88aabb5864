import { describe, expect, it, vi } from 'vitest';
import { type Candidate, decideRetention } from './decide.ts';
import type { Protection } from './reason.ts';
import { describeReason } from './reason.ts';
import type { KeepRules } from './rules.ts';

/** A snapshot that is named after its time. */
function at(time: string, ...protections: readonly Protection[]): Candidate {
  return { name: `c2z_${time}`, takenAt: Date.parse(time), protections };
}

/** What is decided, a line for each snapshot: its time, and why it is kept. */
function decide(snapshots: readonly Candidate[], rules: KeepRules | null, zone = 'UTC'): string[] {
  return decideRetention(snapshots, rules, zone).map(({ snapshot, keep, reasons }) => {
    const why = reasons.map(describeReason).join(', ');
    expect(keep).toBe(reasons.length > 0);
    return `${snapshot.name.replace('c2z_', '')} ${keep ? why : '-'}`;
  });
}

describe('decideRetention', () => {
  it('has nothing to decide when there is nothing', () => {
    expect(decide([], { last: 1 })).toEqual([]);
  });

  it('keeps everything when there are no rules, and tells what is protected', () => {
    const snapshots = [at('2026-11-20T00:00:00Z', 'pinned'), at('2026-11-21T00:00:00Z')];
    expect(decide(snapshots, null)).toEqual([
      '2026-11-21T00:00:00Z the newest, no rules: all are kept',
      '2026-11-20T00:00:00Z pinned, no rules: all are kept',
    ]);
  });

  it('keeps the newest even if the rules match nothing', () => {
    const snapshots = [at('2026-11-20T00:00:00Z'), at('2026-11-21T00:00:00Z')];
    const expected = ['2026-11-21T00:00:00Z the newest', '2026-11-20T00:00:00Z -'];
    expect(decide(snapshots, { regex: 'never' })).toEqual(expected);
    expect(decide(snapshots, {})).toEqual(expected);
  });

  it('keeps what is protected, and tells each protection once in a fixed order', () => {
    const snapshots = [
      at('2026-11-19T00:00:00Z', 'cloned', 'held', 'pinned', 'base', 'held'),
      at('2026-11-20T00:00:00Z'),
      at('2026-11-21T00:00:00Z'),
    ];
    expect(decide(snapshots, { last: 1 })).toEqual([
      '2026-11-21T00:00:00Z the newest, last 1 of 1',
      '2026-11-20T00:00:00Z -',
      '2026-11-19T00:00:00Z base: the newest on both sides, pinned, held (zfs hold), has clones',
    ]);
  });

  it('keeps the last ones', () => {
    const times = ['2026-11-20T00:00:00Z', '2026-11-22T00:00:00Z', '2026-11-21T00:00:00Z'];
    expect(
      decide(
        times.map((time) => at(time)),
        { last: 2 },
      ),
    ).toEqual([
      '2026-11-22T00:00:00Z the newest, last 1 of 2',
      '2026-11-21T00:00:00Z last 2 of 2',
      '2026-11-20T00:00:00Z -',
    ]);
  });

  it('takes the greater name for the newer when times are equal', () => {
    const takenAt = Date.parse('2026-11-20T00:00:00Z');
    const [a, b] = ['a', 'b'].map((name) => ({ name, takenAt, protections: [] }));
    if (a === undefined || b === undefined) throw new Error('there are two');
    for (const snapshots of [
      [a, b],
      [b, a],
    ]) {
      expect(decide(snapshots, { last: 1 })).toEqual(['b the newest, last 1 of 1', 'a -']);
    }
  });

  it('counts `within` from the newest snapshot, and takes the limit in', () => {
    const snapshots = [
      at('2001-01-01T00:00:00Z'),
      at('2001-01-01T00:00:01Z'),
      at('2001-01-02T00:00:01Z'),
    ];
    expect(decide(snapshots, { within: 86_400_000 })).toEqual([
      '2001-01-02T00:00:01Z the newest, within 1d of the newest',
      '2001-01-01T00:00:01Z within 1d of the newest',
      '2001-01-01T00:00:00Z -',
    ]);
  });

  it('keeps the newest of each period, and does not count periods without any', () => {
    const snapshots = [
      at('2026-11-03T23:00:00Z'),
      at('2026-11-10T01:00:00Z'),
      at('2026-11-10T02:00:00Z'),
      at('2026-11-24T01:00:00Z'),
      at('2026-11-24T02:00:00Z'),
    ];
    expect(decide(snapshots, { daily: 2, weekly: 3 })).toEqual([
      '2026-11-24T02:00:00Z the newest, daily 1 of 2 (2026-11-24), weekly 1 of 3 (2026-W48)',
      '2026-11-24T01:00:00Z -',
      '2026-11-10T02:00:00Z daily 2 of 2 (2026-11-10), weekly 2 of 3 (2026-W46)',
      '2026-11-10T01:00:00Z -',
      '2026-11-03T23:00:00Z weekly 3 of 3 (2026-W45)',
    ]);
  });

  it('keeps the names that match, anywhere in the name', () => {
    const snapshots = [
      at('2026-10-31T00:00:00Z'),
      at('2026-11-01T00:00:00Z'),
      at('2026-11-02T00:00:00Z'),
    ];
    expect(decide(snapshots, { regex: '-01T' })).toEqual([
      '2026-11-02T00:00:00Z the newest',
      '2026-11-01T00:00:00Z name matches -01T',
      '2026-10-31T00:00:00Z -',
    ]);
  });

  it('has the days of the time zone', () => {
    const snapshots = [
      at('2026-11-20T22:30:00Z'),
      at('2026-11-20T23:30:00Z'),
      at('2026-11-21T22:30:00Z'),
    ];
    expect(decide(snapshots, { daily: 2 }, 'Europe/Zurich')).toEqual([
      '2026-11-21T22:30:00Z the newest, daily 1 of 2 (2026-11-21)',
      '2026-11-20T23:30:00Z -',
      '2026-11-20T22:30:00Z daily 2 of 2 (2026-11-20)',
    ]);
  });

  it('keeps both hours that the clock shows alike', () => {
    const snapshots = [
      at('2026-10-25T00:10:00Z'),
      at('2026-10-25T00:50:00Z'),
      at('2026-10-25T01:10:00Z'),
      at('2026-10-25T01:50:00Z'),
    ];
    expect(decide(snapshots, { hourly: 2 }, 'Europe/Zurich')).toEqual([
      '2026-10-25T01:50:00Z the newest, hourly 1 of 2 (2026-10-25T02+01:00)',
      '2026-10-25T01:10:00Z -',
      '2026-10-25T00:50:00Z hourly 2 of 2 (2026-10-25T02+02:00)',
      '2026-10-25T00:10:00Z -',
    ]);
  });

  it('ranks days by their newest snapshots when the clock goes back over midnight', () => {
    // At 00:01 of 7 November 2010 it was 23:01 again, of the day before.
    const snapshots = [at('2010-11-07T02:30:30Z'), at('2010-11-07T02:45:00Z')];
    expect(decide(snapshots, { daily: 1 }, 'America/St_Johns')).toEqual([
      '2010-11-07T02:45:00Z the newest, daily 1 of 1 (2010-11-06)',
      '2010-11-07T02:30:30Z -',
    ]);
    const later = at('2010-11-07T12:00:00Z');
    // The minute before belongs to the day that goes on later, and does not become a third.
    expect(decide([...snapshots, later], { daily: 3 }, 'America/St_Johns')).toEqual([
      '2010-11-07T12:00:00Z the newest, daily 1 of 3 (2010-11-07)',
      '2010-11-07T02:45:00Z daily 2 of 3 (2010-11-06)',
      '2010-11-07T02:30:30Z -',
    ]);
  });

  it('gives back the snapshots that it was given, and leaves the list as it was', () => {
    const snapshots = [
      { ...at('2026-11-20T00:00:00Z'), guid: 1n },
      { ...at('2026-11-21T00:00:00Z'), guid: 2n },
    ];
    const order = [...snapshots];
    const decisions = decideRetention(snapshots, { last: 1 }, 'UTC');
    expect(decisions.map(({ snapshot }) => snapshot.guid)).toEqual([2n, 1n]);
    expect(snapshots).toEqual(order);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 8.64e15 + 2])(
    'refuses to decide when a snapshot was taken at %d',
    (takenAt) => {
      const snapshots = [at('2026-11-20T00:00:00Z'), { name: 'odd', takenAt, protections: [] }];
      expect(() => decide(snapshots, { last: 1 })).toThrow(/odd was taken at .* no time/);
    },
  );

  it('refuses to decide by rules that mean nothing', () => {
    const snapshots = [at('2026-11-20T00:00:00Z')];
    expect(() => decide(snapshots, { regex: '(' })).toThrow('unterminated group');
    expect(() => decide(snapshots, { daily: 1 }, 'Europe/Nowhere')).toThrow(RangeError);
  });

  it('makes one formatter, whatever the number of rules and snapshots', () => {
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    const hours = Array.from({ length: 1000 }, (_, hour) => new Date(hour * 3_600_000));
    const rules = { hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 5 };
    decideRetention(
      hours.map((hour) => at(hour.toISOString())),
      rules,
      'Europe/Zurich',
    );
    expect(made).toHaveBeenCalledTimes(1);
    made.mockRestore();
  });
});
