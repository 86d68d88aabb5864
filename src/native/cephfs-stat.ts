import { constants } from 'node:fs';
import { callAsync, type Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import { check } from './errno.ts';

/** `struct ceph_statx` */
export const STATX_BYTES = 136;

/** CEPH_STATX_ALL_STATS: all that there is, with stx_version. */
export const STATX_ALL = 0x1fff;
/** CEPH_STATX_MODE: little enough to be known without asking the MDS each time. */
export const STATX_MODE = 0x1;
/** AT_SYMLINK_NOFOLLOW */
export const STATX_FLAGS = 0x100;

const NS = 1_000_000_000n;

/** What a stat tells, as C has it. Times are nanoseconds since 1970. */
export interface Stat {
  /** Type and permissions. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: bigint;
  readonly size: bigint;
  /** The snapshot that it is in. */
  readonly dev: bigint;
  readonly rdev: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly atime: bigint;
  readonly version: bigint;
}

const scratch = Buffer.alloc(STATX_BYTES);

/** Everything about a path; a symlink at its end is not followed. */
export function statx(mount: Pointer, path: Uint8Array): Stat {
  const result = cephfs().statx(mount, path, scratch, STATX_ALL, STATX_FLAGS) as number;
  check('ceph_statx', result);
  return proven(scratch);
}

/** Makes the MDS find out everything about a path, in one of libuv's threads; what comes of it is not told. */
export async function askForStat(mount: Pointer, path: Uint8Array): Promise<void> {
  const args = [mount, path, Buffer.alloc(STATX_BYTES), STATX_ALL, STATX_FLAGS];
  await callAsync<number>(cephfs().statx, args);
}

/** Which inode a path is, and in which snapshot. */
type InodeStat = Pick<Stat, 'ino' | 'dev' | 'mode'>;

/** Which inode a path is; a symlink at its end is not followed. Asks the MDS only for what this client does not know. */
export function statInode(mount: Pointer, path: Uint8Array): InodeStat {
  const result = cephfs().statx(mount, path, scratch, STATX_MODE, STATX_FLAGS) as number;
  check('ceph_statx', result);
  return inodeOf(scratch);
}

function inodeOf(stx: Buffer): InodeStat {
  return {
    mode: stx.readUInt16LE(20),
    ino: stx.readBigUInt64LE(24),
    dev: stx.readBigUInt64LE(48),
  };
}

/** The fields of a `struct ceph_statx` that was asked for all of them. */
export function proven(stx: Buffer): Stat {
  const mask = stx.readUInt32LE(0);
  // What the client does not have it leaves 0: that would pass for a change.
  if ((mask & STATX_ALL) !== STATX_ALL) {
    throw new Error(`the MDS tells less than is needed of an entry: mask 0x${mask.toString(16)}`);
  }
  return {
    ...inodeOf(stx),
    nlink: stx.readUInt32LE(8),
    uid: stx.readUInt32LE(12),
    gid: stx.readUInt32LE(16),
    size: stx.readBigUInt64LE(32),
    rdev: stx.readBigUInt64LE(56),
    atime: timeAt(stx, 64),
    ctime: timeAt(stx, 80),
    mtime: timeAt(stx, 96),
    version: stx.readBigUInt64LE(128),
  };
}

function timeAt(stx: Buffer, offset: number): bigint {
  return stx.readBigInt64LE(offset) * NS + BigInt(stx.readUInt32LE(offset + 8));
}

export function isDirectory(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}
