import { createHash } from 'node:crypto';
import type { Entry, EntryDetails, EntryType, Xattr } from '../../src/core/entry.ts';

/** What is to be seen of an entry from outside. */
export interface PlainEntry {
  readonly type: EntryType;
  /** At most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly rdev: bigint;
  /** SHA-256 of a file's bytes, in hex; else null. */
  readonly data: string | null;
  /** As Latin-1, like all names here: each byte is one character. */
  readonly linkTarget: string | null;
  /** Values in base64; without our own records. */
  readonly xattrs: Readonly<Record<string, string>>;
}

/** A tree as plain data, to be compared. */
export interface PlainTree {
  /** By path as Latin-1; the top is ''. */
  readonly entries: Readonly<Record<string, PlainEntry>>;
  /** Paths that are names of one inode, for each that has several; sorted. */
  readonly links: readonly (readonly string[])[];
}

let lastIno = 1_099_511_627_776n;
let lastVersion = 10n;

/** An entry of a source, with an inode of its own unless it is told otherwise. */
export function entryOf(
  name: string | Buffer,
  type: EntryType,
  rest: Partial<Omit<Entry, 'name' | 'type'>> = {},
): Entry {
  lastIno++;
  return {
    name: typeof name === 'string' ? Buffer.from(name) : name,
    type,
    mode: type === 'directory' ? 0o755 : 0o640,
    uid: 1000,
    gid: 100,
    nlink: type === 'directory' ? 0 : 1,
    ino: lastIno,
    size: 0,
    mtime: 1_700_000_000_123_456_789n + lastIno,
    ctime: 1_700_000_001_000_000_000n,
    atime: 1_700_000_002_000_000_001n,
    version: ++lastVersion,
    rdev: 0n,
    ...rest,
  };
}

/** The same entry after something was changed in it. */
export function changed(entry: Entry, rest: Partial<Omit<Entry, 'type' | 'ino'>> = {}): Entry {
  return { ...entry, ctime: entry.ctime + 1n, version: ++lastVersion, ...rest };
}

export function detailsOf(rest: Partial<EntryDetails> = {}): EntryDetails {
  return { xattrs: [], linkTarget: null, settings: {}, data: null, ...rest };
}

export function xattr(name: string, value: string | Buffer): Xattr {
  return [Buffer.from(name), typeof value === 'string' ? Buffer.from(value) : value];
}

/** What an entry must look like on the target. */
export function plainOf(entry: Entry, details: EntryDetails = detailsOf()): PlainEntry {
  return {
    type: entry.type,
    mode: entry.type === 'symlink' ? 0o777 : entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: entry.mtime,
    size: entry.type === 'symlink' ? (details.linkTarget?.length ?? 0) : entry.size,
    rdev: entry.rdev,
    data: details.data === null ? null : hashOf(details.data),
    linkTarget: details.linkTarget?.toString('latin1') ?? null,
    xattrs: Object.fromEntries(
      details.xattrs.map(([name, value]) => [name.toString('latin1'), value.toString('base64')]),
    ),
  };
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
