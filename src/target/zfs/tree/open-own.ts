import { check, errno } from '../../../native/errno.ts';
import { closeFd, OPEN, openEntry, unlinkAt } from '../../../native/libc-files.ts';
import { type Stat, statFd } from '../../../native/libc-stat.ts';
import type { Directories, OpenDirectory } from './directories.ts';
import {
  holdsFor,
  isOfEntry,
  isOfInode,
  type RecordState,
  readRecord,
  recordState,
} from './entry-record.ts';
import type { EntryTask } from './entry-task.ts';

/** A file of the target that is open for writing. */
export interface OwnFile {
  readonly fd: number;
  /** What was there before; null when the file was made just now. */
  readonly existing: ExistingFile | null;
}

export interface ExistingFile {
  readonly stat: Stat;
  readonly record: RecordState;
  /** Whether the record is of this entry as it is, changed in nothing, and holds for the snapshot that it is in. */
  readonly isForThis: boolean;
}

const ENOENT = errno('ENOENT');
const EEXIST = errno('EEXIST');
const CREATE = OPEN.readWrite | OPEN.create | OPEN.exclusive;

/** Nobody but root may look into a file that is not finished. */
const NEW_MODE = 0o600;

/**
 * Opens the copy of a file, or makes it. What is under its name and is no copy of just this inode is removed:
 * it may have other names, whose bytes must stay as they are.
 */
export function openOwnFile(
  directories: Directories,
  directory: OpenDirectory,
  name: Buffer,
  task: EntryTask,
): OwnFile {
  let fd = openEntry(directory.fd, name, CREATE, NEW_MODE);
  if (fd === -EEXIST) {
    const found = openCopy(directory.fd, name, task);
    if (found !== null) return found;
    directories.withdraw(directory);
    const removed = unlinkAt(directory.fd, name);
    if (removed !== -ENOENT) check('unlinkat', removed);
    fd = openEntry(directory.fd, name, CREATE, NEW_MODE);
  }
  check('openat', fd);
  try {
    // Not before: in a directory whose names stay, nothing changes. A file without a record is removed by
    // the next run, which sets the directory then.
    directories.withdraw(directory);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  return { fd, existing: null };
}

function openCopy(directory: number, name: Buffer, { entry, tag }: EntryTask): OwnFile | null {
  // Non-blocking: it may be a FIFO. What cannot be opened so is no file.
  const fd = openEntry(directory, name, OPEN.readWrite | OPEN.nonBlocking);
  if (fd < 0) return null;
  try {
    const stat = statFd(fd);
    const record = stat.type === 'file' ? readRecord(fd) : null;
    if (record !== null && isOfInode(record, entry)) {
      const isForThis = isOfEntry(record, entry) && holdsFor(record, tag);
      return { fd, existing: { stat, record: recordState(record), isForThis } };
    }
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  closeFd(fd);
  return null;
}
