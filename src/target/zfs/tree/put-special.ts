import { type Entry, readEntry } from '../../../core/entry.ts';
import { check, ErrnoError, errno } from '../../../native/errno.ts';
import { makeNodeAt, makeSymlinkAt, readLinkAt, unlinkAt } from '../../../native/libc-files.ts';
import { statEntry, typeBits } from '../../../native/libc-stat.ts';
import { entryPath } from '../../../native/libc-xattr.ts';
import type { Directories } from './directories.ts';
import { isOfInode, readRecord, writeRecord } from './entry-record.ts';
import type { EntryTask } from './entry-task.ts';
import { applyMetadata } from './metadata.ts';
import { locate } from './path.ts';
import { namedPlace } from './place.ts';

/** See `TreeWriter.putSpecial`. */
export function putSpecial(directories: Directories, task: EntryTask): void {
  const { directory, name } = locate(task.path);
  const parent = directories.open(directory);
  const entry = readEntry(task.entry, 0);
  const place = namedPlace(parent.fd, name);
  const isKept = isCopy(parent.fd, name, task, entry);
  if (isKept) {
    writeRecord(place.xattrs(), task.entry, {});
  } else {
    directories.withdraw(parent);
    const removed = unlinkAt(parent.fd, name);
    if (removed !== -errno('ENOENT')) check('unlinkat', removed);
    make(parent.fd, name, task, entry);
  }
  // A new one inherits an access list where the directory has one to give.
  const isBare = !isKept && (entry.type === 'symlink' || !directories.hasDefaultAcl(parent));
  applyMetadata(place, entry, task.details, { isBare });
  writeRecord(place.xattrs(), task.entry, { complete: true, tag: task.tag });
}

/** Whether the inode that is there is already what it must be; it may have other names, so it is kept. */
function isCopy(directory: number, name: Buffer, task: EntryTask, entry: Entry): boolean {
  const stat = statEntry(directory, name);
  if (stat === null || stat.type !== entry.type) return false;
  const record = readRecord(entryPath(directory, name));
  if (record === null || !isOfInode(record, task.entry)) return false;
  if (entry.type !== 'symlink') return stat.rdev === entry.rdev;
  return readLinkAt(directory, name).equals(linkTarget(task));
}

function make(directory: number, name: Buffer, task: EntryTask, entry: Entry): void {
  if (entry.type === 'symlink') return makeSymlinkAt(linkTarget(task), directory, name);
  makeNodeAt(directory, name, typeBits(entry.type) | NEW_MODE, entry.rdev);
}

const NEW_MODE = 0o600;

function linkTarget({ details }: EntryTask): Buffer {
  if (details.linkTarget !== null) return details.linkTarget;
  throw new ErrnoError('a symlink without where it leads', errno('EINVAL'));
}
