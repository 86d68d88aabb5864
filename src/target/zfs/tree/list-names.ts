import type { TreePath } from '../../../core/entry.ts';
import { packNames } from '../../../core/name-list.ts';
import type { TargetName } from '../../../core/tree.ts';
import { check } from '../../../native/errno.ts';
import { nextNames } from '../../../native/libc-dents.ts';
import { closeFd } from '../../../native/libc-files.ts';
import { statEntry, statFd } from '../../../native/libc-stat.ts';
import { entryPath } from '../../../native/libc-xattr.ts';
import { readRecord, recordIno } from './entry-record.ts';
import { CONTROL_DIRECTORY, LIMBO } from './names.ts';
import { NO_DIRECTORY, openDirectory } from './path.ts';

/** Names in the top that are not the source's. */
export const RESERVED: readonly Buffer[] = [LIMBO, CONTROL_DIRECTORY];

/** Opens a directory to list it; null when there is none. Not one of those that are kept open: it has a position. */
export function openList(root: number, path: TreePath): number | null {
  const fd = openDirectory(root, path);
  if (NO_DIRECTORY.has(-fd)) return null;
  return check('openat2', fd);
}

/** The next names of an open directory, packed; null at its end. */
export function nextBatch(fd: number, isTop: boolean): Uint8Array<ArrayBuffer> | null {
  const names = nextNames(fd);
  if (names === null) return null;
  const found: TargetName[] = [];
  for (const { name, type } of names) {
    if (isTop && RESERVED.some((reserved) => reserved.equals(name))) continue;
    const known = type ?? statEntry(fd, name)?.type;
    // It went away since.
    if (known === undefined) continue;
    const record = readRecord(entryPath(fd, name));
    found.push({ name, type: known, ino: record === null ? 0n : recordIno(record) });
  }
  return packNames(found);
}

/** `.` and `..`, which ZFS counts as well. */
const DOTS = 2;

/** See `TreeWriter.count`. The size of a directory of ZFS is the number of its names. */
export function countNames(root: number, path: TreePath): number {
  const fd = openList(root, path);
  if (fd === null) return 0;
  try {
    const count = statFd(fd).size - DOTS;
    const own = path.length > 0 || statEntry(fd, LIMBO) === null ? 0 : 1;
    return count - own;
  } finally {
    closeFd(fd);
  }
}
