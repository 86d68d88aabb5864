import { expect, it } from 'vitest';
import { describeReason, type KeepReason } from './reason.ts';

const CASES: readonly [KeepReason, string][] = [
  [{ kind: 'no-rules' }, 'no rules: all are kept'],
  [{ kind: 'newest' }, 'the newest'],
  [{ kind: 'base' }, 'base: the newest on both sides'],
  [{ kind: 'pinned' }, 'pinned'],
  [{ kind: 'held' }, 'held (zfs hold)'],
  [{ kind: 'cloned' }, 'has clones'],
  [{ kind: 'last', rank: 2, of: 3 }, 'last 2 of 3'],
  [{ kind: 'within', limit: 5_400_000 }, 'within 1h30m of the newest'],
  [
    { kind: 'hourly', period: '2026-11-24T13+01:00', rank: 24, of: 24 },
    'hourly 24 of 24 (2026-11-24T13+01:00)',
  ],
  [{ kind: 'daily', period: '2026-11-21', rank: 3, of: 14 }, 'daily 3 of 14 (2026-11-21)'],
  [{ kind: 'weekly', period: '2026-W48', rank: 1, of: 8 }, 'weekly 1 of 8 (2026-W48)'],
  [{ kind: 'monthly', period: '2026-11', rank: 1, of: 12 }, 'monthly 1 of 12 (2026-11)'],
  [{ kind: 'yearly', period: '2026', rank: 1, of: 5 }, 'yearly 1 of 5 (2026)'],
  [{ kind: 'regex', regex: '-01T' }, 'name matches -01T'],
];

it.each(CASES)('%j in words', (reason, words) => {
  expect(describeReason(reason)).toBe(words);
});
