import { expect, it } from 'vitest';
import { freeSnapshotName, snapshotName } from './snapshot-name.ts';

const AT = new Date('2026-11-23T14:00:00.999Z');

it('is the prefix and the time in UTC, to the second', () => {
  expect(snapshotName('c2z', AT)).toBe('c2z_2026-11-23T14:00:00Z');
});

it('moves on by seconds while a name is taken', () => {
  const taken = new Set(['c2z_2026-11-23T14:00:00Z', 'c2z_2026-11-23T14:00:01Z']);
  expect(freeSnapshotName('c2z', AT, taken)).toBe('c2z_2026-11-23T14:00:02Z');
});
