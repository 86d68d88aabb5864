import { readEntry } from '../../../core/entry.ts';
import { check, ErrnoError, errno } from '../../../native/errno.ts';
import { closeFd, OPEN, openEntry } from '../../../native/libc-files.ts';
import type { Directories } from './directories.ts';
import { isOfInode, readRecord, recordState, writeRecord } from './entry-record.ts';
import type { EntryTask } from './entry-task.ts';
import { applyMetadata } from './metadata.ts';
import { locate } from './path.ts';
import { isOpenable, namedPlace, openPlace, type Place } from './place.ts';

/** See `TreeWriter.setMetadata`. */
export function setMetadata(directories: Directories, task: EntryTask, links: boolean): void {
  const { type } = readEntry(task.entry, 0);
  if (task.path.length === 0) {
    setAt(openPlace(directories.root), task, links);
    directories.finished();
    return;
  }
  const { directory, name } = locate(task.path);
  const parent = directories.open(directory);
  if (!isOpenable(type)) return setAt(namedPlace(parent.fd, name), task, links);
  const flags = OPEN.read | OPEN.nonBlocking | (type === 'directory' ? OPEN.directory : 0);
  const fd = check('openat', openEntry(parent.fd, name, flags));
  try {
    setAt(openPlace(fd), task, links);
  } finally {
    closeFd(fd);
  }
  if (type === 'directory') directories.finished();
}

function setAt(place: Place, task: EntryTask, links: boolean): void {
  const entry = readEntry(task.entry, 0);
  if (place.stat()?.type !== entry.type) {
    throw new ErrnoError(`what is there is no ${entry.type}`, errno('EINVAL'));
  }
  const record = readRecord(place.xattrs());
  const state = record === null ? null : recordState(record);
  const isWhole = record !== null && state?.complete === true && isOfInode(record, task.entry);
  if (entry.type !== 'directory' && !isWhole) {
    // To put it on record as copied now would say of its bytes what nobody knows.
    throw new ErrnoError('what was not copied whole', errno('EINVAL'));
  }
  // A directory keeps the note of hard links until it is set, in case that this is cut off.
  if (state === null || state.complete) {
    writeRecord(place.xattrs(), task.entry, { links: state?.links ?? false });
  }
  applyMetadata(place, entry, task.details, { isBare: false });
  writeRecord(place.xattrs(), task.entry, { complete: true, links, tag: task.tag });
}
