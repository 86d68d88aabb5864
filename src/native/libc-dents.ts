import type { EntryType } from '../core/entry.ts';
import { getDents } from './libc-files.ts';

/** struct linux_dirent64: inode u64, offset u64, length u16, type u8, name with a NUL. */
const LENGTH = 16;
const TYPE = 18;
const NAME = 19;

const TYPES: readonly (EntryType | null)[] = [
  null,
  'fifo',
  'char',
  null,
  'directory',
  null,
  'block',
  null,
  'file',
  null,
  'symlink',
  null,
  'socket',
];

/** A name in a directory. */
export interface Dent {
  /** A copy. */
  readonly name: Buffer;
  /** Null when the filesystem does not say. */
  readonly type: EntryType | null;
}

const memory = Buffer.alloc(32 * 1024);

/** The next names in an open directory, without `.` and `..`; null at its end. */
export function nextNames(fd: number): readonly Dent[] | null {
  const length = getDents(fd, memory);
  if (length === 0) return null;
  const found: Dent[] = [];
  for (let at = 0; at < length; at += memory.readUInt16LE(at + LENGTH)) {
    const name = memory.subarray(at + NAME, memory.indexOf(0, at + NAME));
    if (isDots(name)) continue;
    found.push({ name: Buffer.from(name), type: TYPES[memory.readUInt8(at + TYPE)] ?? null });
  }
  return found;
}

function isDots(name: Buffer): boolean {
  return name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
}

const DOT = 0x2e;
