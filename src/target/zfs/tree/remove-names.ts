import { randomBytes } from 'node:crypto';
import type { TreePath } from '../../../core/entry.ts';
import { check, errno } from '../../../native/errno.ts';
import { nextNames } from '../../../native/libc-dents.ts';
import {
  closeFd,
  OPEN,
  openBeneath,
  removeDirectoryAt,
  renameAt,
  unlinkAt,
} from '../../../native/libc-files.ts';
import { statEntry } from '../../../native/libc-stat.ts';
import { removeXattr } from '../../../native/libc-xattr.ts';
import type { Directories } from './directories.ts';
import { RECORD_XATTR } from './entry-record.ts';
import { CONTROL_DIRECTORY } from './names.ts';
import { locate } from './path.ts';

const ENOENT = errno('ENOENT');
const EISDIR = errno('EISDIR');
const ENOTEMPTY = errno('ENOTEMPTY');

/** So many names are removed before others get their turn in this thread, and an abort is seen. */
const AT_ONCE = 2000;

/** So many directories are open at a time, one within the other. */
const MAX_DEPTH = 64;

/**
 * Removes what is under a path, or a part of it; true when all is gone. No symlink is followed, and no other
 * filesystem entered.
 */
export function removeSome(directories: Directories, path: TreePath): boolean {
  const { directory, name } = locate(path);
  const parent = directories.tryOpen(directory);
  // Looked at first: where nothing is removed, the directory stays as it is, and so does its record.
  if (parent === null || statEntry(parent.fd, name) === null) return true;
  directories.withdraw(parent);
  const removed = unlinkAt(parent.fd, name);
  if (removed === 0 || removed === -ENOENT) return true;
  if (removed !== -EISDIR) check('unlinkat', removed);
  // Also when it goes on later: those beneath may be gone already.
  directories.moved();
  return removeTree(parent.fd, name, { left: AT_ONCE });
}

/** Removes what is in the top, or a part of it, and what is on record of the top; true when nothing is left. */
export function emptySome(root: number): boolean {
  const fd = check('openat2', openBeneath(root, Buffer.from('.'), OPEN.directory));
  const budget = { left: AT_ONCE };
  try {
    if (!clear(fd, { fd, depth: 0, isRoot: true }, budget)) return false;
    removeXattr(root, RECORD_XATTR);
    return true;
  } finally {
    closeFd(fd);
  }
}

interface Budget {
  left: number;
}

/** The directory that is removed, with all beneath it. */
interface Top {
  readonly fd: number;
  readonly depth: number;
  /** Whether it is the top of the filesystem: only there `.zfs` is not an entry as others are. */
  readonly isRoot: boolean;
}

function removeTree(parent: number, name: Buffer, budget: Budget): boolean {
  const fd = openBeneath(parent, name, OPEN.directory);
  if (fd === -ENOENT) return true;
  check('openat2', fd);
  try {
    if (!clear(fd, { fd, depth: 0, isRoot: false }, budget)) return false;
  } finally {
    closeFd(fd);
  }
  check('unlinkat', removeDirectoryAt(parent, name));
  return true;
}

/** Removes all that is in an open directory. */
function clear(fd: number, top: Top, budget: Budget): boolean {
  for (;;) {
    const names = nextNames(fd);
    if (names === null) return true;
    for (const { name, type } of names) {
      if (top.isRoot && fd === top.fd && name.equals(CONTROL_DIRECTORY)) continue;
      if (budget.left-- <= 0) return false;
      if (type !== 'directory' && unlinkOther(fd, name)) continue;
      if (!clearDirectory(fd, name, top, budget)) return false;
    }
  }
}

/** False when it is a directory. */
function unlinkOther(directory: number, name: Buffer): boolean {
  const removed = unlinkAt(directory, name);
  if (removed === -EISDIR) return false;
  if (removed !== -ENOENT) check('unlinkat', removed);
  return true;
}

function clearDirectory(parent: number, name: Buffer, top: Top, budget: Budget): boolean {
  const removed = removeDirectoryAt(parent, name);
  if (removed === 0 || removed === -ENOENT) return true;
  if (removed !== -ENOTEMPTY) check('unlinkat', removed);
  if (top.depth >= MAX_DEPTH) {
    // However deep a tree is, few directories need to be open: what is too deep is brought up.
    const place = Buffer.from(randomBytes(16).toString('hex'));
    check('renameat2', renameAt(parent, name, top.fd, place));
    return false;
  }
  const fd = check('openat2', openBeneath(parent, name, OPEN.directory));
  try {
    if (!clear(fd, { ...top, depth: top.depth + 1 }, budget)) return false;
  } finally {
    closeFd(fd);
  }
  check('unlinkat', removeDirectoryAt(parent, name));
  return true;
}
