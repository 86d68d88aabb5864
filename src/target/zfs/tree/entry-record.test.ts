import { describe, expect, it } from 'vitest';
import { type Entry, encodeEntry, readEntry } from '../../../core/entry.ts';
import { VERDICT } from '../../../core/tree.ts';
import {
  ANY_SNAPSHOT,
  encodeRecord,
  fingerprintOf,
  isOwnXattr,
  isValidRecord,
  RECORD_BYTES,
  recordIno,
  recordState,
  snapshotTag,
  verdictOf,
} from './entry-record.ts';

const ENTRY: Entry = {
  name: Buffer.from('name'),
  type: 'file',
  mode: 0o4644,
  uid: 1,
  gid: 2,
  nlink: 1,
  ino: 0xffff_ffff_ffff_fff0n,
  size: 2 ** 50,
  mtime: -5n,
  ctime: 7n,
  atime: 9n,
  version: 3n,
  rdev: 0n,
};

const COMPLETE = { complete: true, links: false, doneTo: 0, tag: ANY_SNAPSHOT };
const TAG = snapshotTag('1');

describe('the record of an entry', () => {
  it('gives back what it was made of', () => {
    const state = { complete: false, links: true, doneTo: 2 ** 40, tag: TAG };
    const record = encodeRecord(encodeEntry(ENTRY), state);
    expect(record).toHaveLength(RECORD_BYTES);
    expect(isValidRecord(record, RECORD_BYTES)).toBe(true);
    expect(recordState(record)).toEqual(state);
    expect(recordIno(record)).toBe(ENTRY.ino);
    const rest = encodeEntry({ ...ENTRY, name: Buffer.alloc(0) }).subarray(64);
    const back = readEntry(Buffer.concat([fingerprintOf(record), rest]), 0);
    expect(back).toEqual({ ...ENTRY, name: Buffer.alloc(0) });
  });

  it('is none when it has another length or format', () => {
    const record = encodeRecord(encodeEntry(ENTRY), COMPLETE);
    expect(isValidRecord(record, RECORD_BYTES - 1)).toBe(false);
    expect(isValidRecord(record, RECORD_BYTES + 1)).toBe(false);
    expect(isValidRecord(record, -61)).toBe(false);
    record[0] = 2;
    expect(isValidRecord(record, RECORD_BYTES)).toBe(false);
  });

  const cases: readonly [string, Partial<Entry>, keyof typeof VERDICT][] = [
    ['nothing', {}, 'same'],
    ['the time of the last access', { atime: 1n }, 'same'],
    ['the name', { name: Buffer.from('other') }, 'same'],
    ['the mode', { mode: 0o644 }, 'changed'],
    ['the owner', { uid: 9 }, 'changed'],
    ['the group', { gid: 9 }, 'changed'],
    ['the number of links', { nlink: 2 }, 'changed'],
    ['ctime', { ctime: 6n }, 'changed'],
    ['the version', { version: 2n }, 'changed'],
    ['the device', { rdev: 1n }, 'changed'],
    ['mtime', { mtime: -6n }, 'changed'],
    ['the size', { size: 0 }, 'changed'],
    ['the inode', { ino: 5n }, 'other'],
    ['the type', { type: 'symlink' }, 'other'],
  ];

  it.each(cases)('compared with an entry of which %s differs', (_, difference, verdict) => {
    const record = encodeRecord(encodeEntry(ENTRY), COMPLETE);
    const entry = encodeEntry({ ...ENTRY, ...difference });
    const batch = Buffer.concat([encodeEntry(ENTRY), entry]);
    expect(verdictOf(record, batch, encodeEntry(ENTRY).length, TAG)).toBe(VERDICT[verdict]);
  });

  it.each(cases)('that is incomplete is never the same: %s', (_, difference, verdict) => {
    const record = encodeRecord(encodeEntry(ENTRY), { ...COMPLETE, complete: false });
    const entry = encodeEntry({ ...ENTRY, ...difference });
    const expected = verdict === 'other' ? VERDICT.other : VERDICT.changed;
    expect(verdictOf(record, entry, 0, TAG)).toBe(expected);
  });
});

it('the record of a young copy is believed for its own snapshot, and says at least what changed for others', () => {
  const record = encodeRecord(encodeEntry(ENTRY), { ...COMPLETE, tag: TAG });
  const verdict = (entry: Entry, id: string) =>
    verdictOf(record, encodeEntry(entry), 0, snapshotTag(id));
  expect(verdict(ENTRY, '1')).toBe(VERDICT.same);
  expect(verdict(ENTRY, '2')).toBe(VERDICT.young);
  expect(verdict({ ...ENTRY, size: 1 }, '2')).toBe(VERDICT.changed);
  expect(verdict({ ...ENTRY, ino: 5n }, '2')).toBe(VERDICT.other);
});

it('names of our own attributes are told from those that only begin alike', () => {
  for (const name of ['trusted.ceph2zfs', 'trusted.ceph2zfs.settings', 'trusted.ceph2zfs.x']) {
    expect(isOwnXattr(Buffer.from(name))).toBe(true);
  }
  for (const name of ['trusted.ceph2zfsx', 'trusted.ceph', 'user.ceph2zfs']) {
    expect(isOwnXattr(Buffer.from(name))).toBe(false);
  }
});
