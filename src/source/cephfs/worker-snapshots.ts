import { constants } from 'node:fs';
import type { Pointer } from '../../native/call.ts';
import {
  closeDirectory,
  openDirectory,
  readDirectoryModes,
} from '../../native/cephfs-directory.ts';
import { snapshotId } from '../../native/cephfs-snapshots.ts';
import { isDirectory, statInode } from '../../native/cephfs-stat.ts';
import { getXattr } from '../../native/cephfs-xattrs.ts';
import { ErrnoError } from '../../native/errno.ts';
import { cPath, snapshotPath } from './path.ts';

/** What a path of the live filesystem is. */
export interface FoundInode {
  readonly ino: bigint;
  readonly kind: 'directory' | 'symlink' | 'other';
}

/** What is at a path, whose last component is not followed if it is a symlink; null when there is nothing. */
export function findInode(mount: Pointer, path: string): FoundInode | null {
  const stat = orNull(() => statInode(mount, cPath(path)));
  if (stat === null) return null;
  const isLink = (stat.mode & constants.S_IFMT) === constants.S_IFLNK;
  const kind = isDirectory(stat.mode) ? 'directory' : isLink ? 'symlink' : 'other';
  return { ino: stat.ino, kind };
}

/** A snapshot as Ceph tells of it. */
export interface FoundSnapshot {
  readonly name: string;
  readonly id: bigint;
  /** The inode of the directory that it is a snapshot of. */
  readonly ino: bigint;
  /** When it was made: `SECONDS.NANOSECONDS`. */
  readonly madeAt: string;
}

/** The snapshots of a directory itself, in no order. */
export function findSnapshots(mount: Pointer, directory: string): readonly FoundSnapshot[] {
  return (
    namesIn(mount, cPath(snapshotPath(directory)))
      .map((name) => name.toString())
      // `_NAME_INODE` is a snapshot of a directory above; nobody else's name may begin like this.
      .filter((name) => !name.startsWith('_'))
      .map((name) => findSnapshot(mount, directory, name))
      .filter((found) => found !== null)
  );
}

/** One snapshot by its name; null when there is none. */
export function findSnapshot(
  mount: Pointer,
  directory: string,
  name: string,
): FoundSnapshot | null {
  const path = cPath(snapshotPath(directory, name));
  return orNull(() => ({
    name,
    id: snapshotId(mount, path),
    ino: statInode(mount, path).ino,
    madeAt: getXattr(mount, path, cPath('ceph.snap.btime'))?.toString() ?? '',
  }));
}

/** Names of the directories in a directory of the live filesystem. */
export function subdirectories(mount: Pointer, path: string): readonly Uint8Array[] {
  return namesIn(mount, cPath(path)).map((name) => new Uint8Array(name));
}

/** Names of the directories in a directory. */
function namesIn(mount: Pointer, path: Uint8Array): readonly Buffer[] {
  const directory = openDirectory(mount, path);
  try {
    const names: Buffer[] = [];
    for (;;) {
      const found = readDirectoryModes(mount, directory);
      if (found === null) return names;
      if (isDirectory(found.mode)) names.push(Buffer.from(found.name));
    }
  } finally {
    closeDirectory(mount, directory);
  }
}

function orNull<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    // A component of the path is gone, or is a file by now.
    if (error instanceof ErrnoError && ['ENOENT', 'ENOTDIR'].includes(error.code)) return null;
    throw error;
  }
}
