import { readEntry } from '../../../core/entry.ts';
import { closeFd, truncateFd } from '../../../native/libc-files.ts';
import { statFd } from '../../../native/libc-stat.ts';
import type { Directories } from './directories.ts';
import { writeRecord } from './entry-record.ts';
import type { EntryTask } from './entry-task.ts';
import { applyMetadata } from './metadata.ts';
import { type ExistingFile, openOwnFile } from './open-own.ts';
import { locate } from './path.ts';
import { openPlace } from './place.ts';

export interface OpenedFile {
  readonly fd: number;
  /** Bytes that it has now. */
  readonly size: number;
  /** Bytes below this offset are there already, from a run that was cut off. */
  readonly from: number;
}

/** Opens a file that is written piece by piece; see `TreeWriter.openFile`. */
export function openLargeFile(directories: Directories, task: EntryTask): OpenedFile {
  const { directory, name } = locate(task.path);
  const parent = directories.open(directory);
  const { fd, existing } = openOwnFile(directories, parent, name, task);
  try {
    const from = existing === null ? 0 : doneBefore(existing);
    if (from === 0) writeRecord(fd, task.entry, {});
    return { fd, size: existing?.stat.size ?? 0, from };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** What a run that was cut off has written of just this entry. */
function doneBefore({ stat, record, isForThis }: ExistingFile): number {
  if (record.complete || !isForThis || record.doneTo > stat.size) return 0;
  return record.doneTo;
}

/** Gives an open file its size and metadata, and puts it on record as copied. Closes it in any case. */
export function finishLargeFile(fd: number, task: EntryTask): void {
  try {
    const entry = readEntry(task.entry, 0);
    if (statFd(fd).size !== entry.size) truncateFd(fd, entry.size);
    applyMetadata(openPlace(fd), entry, task.details, { isBare: false });
    writeRecord(fd, task.entry, { complete: true, tag: task.tag });
  } finally {
    closeFd(fd);
  }
}
