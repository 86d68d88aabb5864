import type { EntryType } from '../core/entry.ts';
import { makedev } from './device-number.ts';
import { check } from './errno.ts';
import { lazy } from './lazy.ts';
import { CStringSlot, outcome } from './libc-call.ts';
import { libc } from './load.ts';

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
/** STATX_BASIC_STATS: all that `stat` tells. */
const BASIC_STATS = 0x7ff;
const STATX_BYTES = 256;

const statx = lazy(() =>
  libc().func('int statx(int dirfd, const void *path, int flags, unsigned int mask, void *into)'),
);

/** What `stat` tells of a file, a symlink itself included. */
export interface Stat {
  readonly type: EntryType;
  /** Without the type: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly ino: bigint;
  /** Bytes. */
  readonly size: number;
  /** As `makedev` makes it. */
  readonly rdev: bigint;
}

const TYPE_BITS = 0o170000;

const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'char'],
  [0o060000, 'block'],
]);

/** The bits of a mode that say the type, as `mknod` wants them. */
export function typeBits(type: EntryType): number {
  for (const [bits, name] of TYPES) if (name === type) return bits;
  throw new RangeError(`no such type: ${type}`);
}

const slot = new CStringSlot();
const answer = Buffer.alloc(STATX_BYTES);
const NOTHING = Buffer.alloc(0);

/** Of a name in an open directory; null when there is none. No symlink is followed. */
export function statEntry(directory: number, name: Buffer): Stat | null {
  const failed = call(directory, name, AT_SYMLINK_NOFOLLOW);
  if (failed === -ENOENT) return null;
  check('statx', failed);
  return read();
}

/** Of an open file. */
export function statFd(fd: number): Stat {
  check('statx', call(fd, NOTHING, AT_EMPTY_PATH));
  return read();
}

const ENOENT = 2;

function call(fd: number, name: Buffer, flags: number): number {
  return outcome(statx()(fd, slot.of(name), flags, BASIC_STATS, answer) as number);
}

function read(): Stat {
  const mode = answer.readUInt16LE(28);
  const type = TYPES.get(mode & TYPE_BITS);
  if (type === undefined)
    throw new RangeError(`statx told of an unknown type: 0o${mode.toString(8)}`);
  return {
    type,
    mode: mode & ~TYPE_BITS,
    nlink: answer.readUInt32LE(16),
    uid: answer.readUInt32LE(20),
    gid: answer.readUInt32LE(24),
    ino: answer.readBigUInt64LE(32),
    size: Number(answer.readBigUInt64LE(40)),
    rdev: makedev(BigInt(answer.readUInt32LE(128)), BigInt(answer.readUInt32LE(132))),
  };
}
