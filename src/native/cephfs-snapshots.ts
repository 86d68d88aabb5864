import type { Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import { statInode } from './cephfs-stat.ts';
import { check } from './errno.ts';

/** `struct snap_info`: id, number of metadata, metadata. */
const SNAP_INFO_BYTES = 24;

/** Permissions of the directory that a snapshot appears as; nobody looks at them. */
const SNAPSHOT_MODE = 0o755;

/** Makes a snapshot of a directory. */
export function makeSnapshot(mount: Pointer, directory: Uint8Array, name: string): void {
  const result = cephfs().mksnap(mount, directory, name, SNAPSHOT_MODE, null, 0) as number;
  check('ceph_mksnap', result);
}

export function removeSnapshot(mount: Pointer, directory: Uint8Array, name: string): void {
  check('ceph_rmsnap', cephfs().rmsnap(mount, directory, name) as number);
}

/** The id of the snapshot at a path (`…/.snap/NAME`). */
export function snapshotId(mount: Pointer, path: Uint8Array): bigint {
  const info = Buffer.alloc(SNAP_INFO_BYTES);
  check('ceph_get_snap_info', cephfs().getSnapInfo(mount, path, info) as number);
  const id = info.readBigUInt64LE(0);
  cephfs().freeSnapInfo(info);
  return id;
}

/**
 * Makes a directory, such as a snapshot, the one that relative paths begin at. They then lead to it
 * whatever happens to its path, and no call has to ask an MDS for the way, which ends in `.snap` again
 * and again. Tells which inode and which snapshot it is.
 */
export function enterDirectory(
  mount: Pointer,
  path: Uint8Array,
): { readonly ino: bigint; readonly id: bigint } {
  check('ceph_chdir', cephfs().chdir(mount, path) as number);
  return { ino: statInode(mount, HERE).ino, id: snapshotId(mount, HERE) };
}

const HERE = Buffer.from('.\0');
