import { expect, it } from 'vitest';
import { freeSnapshotName, parseSnapshotName, snapshotName } from './snapshot-name.ts';

const AT = new Date('2026-11-23T14:00:00.999Z');

it('is the prefix and the time in UTC, to the second', () => {
  expect(snapshotName('c2z', AT)).toBe('c2z_2026-11-23T14:00:00Z');
});

it('moves on by seconds while a name is taken', () => {
  const taken = new Set(['c2z_2026-11-23T14:00:00Z', 'c2z_2026-11-23T14:00:01Z']);
  expect(freeSnapshotName('c2z', AT, taken)).toBe('c2z_2026-11-23T14:00:02Z');
});

it('is read back from the name, and from no other', () => {
  const takenAt = Date.UTC(2026, 10, 23, 14);
  expect(parseSnapshotName('c2z_2026-11-23T14:00:00Z')).toEqual({ prefix: 'c2z', takenAt });
  expect(parseSnapshotName('a_b_2026-11-23T14:00:00Z')).toEqual({ prefix: 'a_b', takenAt });
  for (const name of [
    '',
    'c2z',
    'c2z_',
    'c2z_2026',
    'c2z_2026-11-23T14:00:00.000Z',
    'c2z_2026-02-30T00:00:00Z',
  ]) {
    expect(parseSnapshotName(name)).toBeNull();
  }
});
