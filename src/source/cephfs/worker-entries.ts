import { constants } from 'node:fs';
import { type Entry, type EntryType, entryBytes, writeEntry } from '../../core/entry.ts';
import type { Pointer } from '../../native/call.ts';
import {
  closeDirectory,
  type NamedStat,
  openDirectory,
  readDirectory,
} from '../../native/cephfs-directory.ts';
import { type Stat, statx } from '../../native/cephfs-stat.ts';
import { fromCephDevice } from '../../native/device-number.ts';

/** A batch is full at so many entries, or bytes. */
const BATCH_ENTRIES = 512;
const BATCH_BYTES = 64 * 1024;
const LONGEST_NAME = 255;
const MOST_ENTRY_BYTES = entryBytes(new Uint8Array(LONGEST_NAME));

const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
  [constants.S_IFCHR, 'char'],
  [constants.S_IFBLK, 'block'],
]);

const PERMISSIONS = 0o7777;
const NO_NAME = Buffer.alloc(0);
const scratch = Buffer.alloc(BATCH_BYTES + MOST_ENTRY_BYTES);

/** Some entries of a directory. */
export interface ListedBatch {
  readonly count: number;
  /** As they are encoded in an `EntryBatch`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The directory, when there may be more in it; else it is closed. */
  readonly next: Pointer | null;
}

/** The entry at a path of one that has no name. */
export function topEntry(mount: Pointer, path: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = writeEntry(scratch, 0, entryOf({ name: NO_NAME, stat: statx(mount, path) }));
  return new Uint8Array(scratch.subarray(0, end));
}

/** Opens a directory and reads its first batch, which often is all of it. */
export function beginList(mount: Pointer, path: Uint8Array): ListedBatch {
  return continueList(mount, openDirectory(mount, path));
}

/** Reads the next batch. The directory is closed at its end, and when this throws. */
export function continueList(mount: Pointer, directory: Pointer): ListedBatch {
  let next: Pointer | null = null;
  try {
    let count = 0;
    let end = 0;
    while (count < BATCH_ENTRIES && end < BATCH_BYTES) {
      const found = readDirectory(mount, directory);
      if (found === null) return { count, bytes: copyOf(end), next };
      end = writeEntry(scratch, end, entryOf(found));
      count++;
    }
    next = directory;
    return { count, bytes: copyOf(end), next };
  } finally {
    if (next === null) closeDirectory(mount, directory);
  }
}

function copyOf(end: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(scratch.subarray(0, end));
}

function entryOf({ name, stat }: NamedStat): Entry {
  const type = TYPES.get(stat.mode & constants.S_IFMT);
  if (type === undefined)
    throw new Error(`an entry has the unknown mode 0o${stat.mode.toString(8)}`);
  const isDirectory = type === 'directory';
  return {
    name,
    type,
    mode: stat.mode & PERMISSIONS,
    uid: stat.uid,
    gid: stat.gid,
    // Of a directory both tell of all that is beneath it, and lag behind.
    nlink: isDirectory ? 0 : stat.nlink,
    size: isDirectory ? 0 : sizeOf(stat),
    ino: stat.ino,
    mtime: stat.mtime,
    ctime: stat.ctime,
    atime: stat.atime,
    version: stat.version,
    rdev: type === 'char' || type === 'block' ? fromCephDevice(stat.rdev) : 0n,
  };
}

function sizeOf({ size }: Stat): number {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`a file has ${size} bytes`);
  return Number(size);
}
