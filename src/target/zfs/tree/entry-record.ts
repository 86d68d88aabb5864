import { createHash } from 'node:crypto';
import { FINGERPRINT_BYTES } from '../../../core/entry.ts';
import { VERDICT } from '../../../core/tree.ts';
import { check, errno } from '../../../native/errno.ts';
import { getXattr, setXattr, type XattrPlace } from '../../../native/libc-xattr.ts';

/**
 * What an entry of the target says of itself: of which entry of the source it is a copy, and whether all of
 * it was copied. It is an attribute of the entry's inode, so that all names of the inode share it, and it
 * goes wherever the inode is moved to. Layout, numbers little-endian: format u8, flags u8, six bytes for a
 * snapshot (see {@link snapshotTag}), the fingerprint (see core/entry.ts), and u64 how many bytes of an incomplete
 * file are there.
 */
export const RECORD_XATTR = Buffer.from('trusted.ceph2zfs');

/** Quotas and layouts of Ceph, as JSON. */
export const SETTINGS_XATTR = Buffer.from('trusted.ceph2zfs.settings');

/** Attributes that begin so are ours: those of the source that do are not copied, they would be lies. */
const OWN = RECORD_XATTR;

const FORMAT = 1;
const FLAGS = 1;
const TAG = 2;
const COMPLETE = 1;
const LINKS = 2;
const FINGERPRINT = 8;
const DONE_TO = FINGERPRINT + FINGERPRINT_BYTES;
export const RECORD_BYTES = DONE_TO + 8;

/** Where things are in a fingerprint. */
const NLINK = 12;
const INO = 16;

export interface RecordState {
  readonly complete: boolean;
  /** Of a directory: entries with several hard links are beneath. */
  readonly links: boolean;
  /** Of an incomplete file: bytes below this offset are copied. */
  readonly doneTo: number;
  /** Of which snapshot it is a copy, when it may be believed for that one only; {@link ANY_SNAPSHOT}: for any. */
  readonly tag: Buffer;
}

/** Of a copy that is as good for another snapshot when all that is compared is the same. */
export const ANY_SNAPSHOT = Buffer.alloc(FINGERPRINT - TAG);

/** Tells one snapshot of the source from others, and is never {@link ANY_SNAPSHOT}. */
export function snapshotTag(id: string): Buffer {
  const tag = createHash('sha256').update(id).digest().subarray(0, ANY_SNAPSHOT.length);
  return tag.equals(ANY_SNAPSHOT) ? Buffer.alloc(ANY_SNAPSHOT.length, 1) : Buffer.from(tag);
}

/** `entry`: an entry as it is in a batch, or its fingerprint. */
export function encodeRecord(entry: Buffer, state: RecordState): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes[0] = FORMAT;
  bytes[FLAGS] = (state.complete ? COMPLETE : 0) | (state.links ? LINKS : 0);
  state.tag.copy(bytes, TAG);
  entry.copy(bytes, FINGERPRINT, 0, FINGERPRINT_BYTES);
  bytes.writeBigUInt64LE(BigInt(state.doneTo), DONE_TO);
  return bytes;
}

export function isValidRecord(bytes: Buffer, length: number): boolean {
  return length === RECORD_BYTES && bytes[0] === FORMAT;
}

/** Of a valid record, as are the others. */
export function recordState(bytes: Buffer): RecordState {
  const flags = bytes.readUInt8(FLAGS);
  return {
    complete: (flags & COMPLETE) !== 0,
    links: (flags & LINKS) !== 0,
    doneTo: Number(bytes.readBigUInt64LE(DONE_TO)),
    tag: Buffer.from(bytes.subarray(TAG, FINGERPRINT)),
  };
}

/** A copy of the fingerprint that is on record. */
export function fingerprintOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(FINGERPRINT, DONE_TO));
}

export function recordIno(bytes: Buffer): bigint {
  return bytes.readBigUInt64LE(FINGERPRINT + INO);
}

/** How many hard links the entry had; 0 of a directory. */
export function recordNlink(bytes: Buffer): number {
  return bytes.readUInt32LE(FINGERPRINT + NLINK);
}

/** Whether it is the record of a copy of just this inode, whatever was changed in it. */
export function isOfInode(bytes: Buffer, entry: Buffer, at = 0): boolean {
  return bytes[FINGERPRINT] === entry[at] && isSame(bytes, entry, at, INO, 8);
}

/** Whether all that is compared is on record. */
export function isOfEntry(bytes: Buffer, entry: Buffer, at = 0): boolean {
  return isSame(bytes, entry, at, 0, FINGERPRINT_BYTES);
}

/** Whether what is on record of an entry may be believed for the snapshot of a tag. */
export function holdsFor(bytes: Buffer, tag: Buffer): boolean {
  const own = bytes.subarray(TAG, FINGERPRINT);
  return own.equals(ANY_SNAPSHOT) || own.equals(tag);
}

/** What a valid record says of the entry at an offset of a batch of the snapshot of a tag. */
export function verdictOf(bytes: Buffer, entry: Buffer, at: number, tag: Buffer): number {
  if (!isOfInode(bytes, entry, at)) return VERDICT.other;
  if ((bytes.readUInt8(FLAGS) & COMPLETE) === 0) return VERDICT.changed;
  if (!isOfEntry(bytes, entry, at)) return VERDICT.changed;
  return holdsFor(bytes, tag) ? VERDICT.same : VERDICT.young;
}

function isSame(bytes: Buffer, entry: Buffer, at: number, part: number, length: number): boolean {
  const start = FINGERPRINT + part;
  return bytes.compare(entry, at + part, at + part + length, start, start + length) === 0;
}

export function isOwnXattr(name: Buffer): boolean {
  return (
    name.subarray(0, OWN.length).equals(OWN) &&
    (name.length === OWN.length || name[OWN.length] === DOT)
  );
}

const DOT = 0x2e;

/** One more byte, to see that a record is longer than one can be. */
const memory = Buffer.alloc(RECORD_BYTES + 1);
const ENODATA = errno('ENODATA');
const ERANGE = errno('ERANGE');

/** Reads an entry's record into memory that is used again at the next call; null when there is none, or no valid one. */
export function readRecord(place: XattrPlace): Buffer | null {
  const length = getXattr(place, RECORD_XATTR, memory);
  if (length === -ENODATA || length === -ERANGE) return null;
  check('getxattr', length);
  return isValidRecord(memory, length) ? memory : null;
}

export function writeRecord(place: XattrPlace, entry: Buffer, state: Partial<RecordState>): void {
  const all = { complete: false, links: false, doneTo: 0, tag: ANY_SNAPSHOT, ...state };
  setXattr(place, RECORD_XATTR, encodeRecord(entry, all));
}
