import { readEntry } from '../../../core/entry.ts';
import { closeFd, readFile, truncateFd, writeFile } from '../../../native/libc-files.ts';
import { differingRuns } from '../compare.ts';
import type { Directories } from './directories.ts';
import { writeRecord } from './entry-record.ts';
import type { EntryTask } from './entry-task.ts';
import { applyMetadata } from './metadata.ts';
import { openOwnFile } from './open-own.ts';
import { locate } from './path.ts';
import { openPlace } from './place.ts';

/** See `TreeWriter.putFile`. `recordSize`: bytes of a block of the filesystem. */
export function putFile(directories: Directories, task: EntryTask, recordSize: number): number {
  const { directory, name } = locate(task.path);
  const parent = directories.open(directory);
  const { fd, existing } = openOwnFile(directories, parent, name, task);
  try {
    if (existing !== null) writeRecord(fd, task.entry, {});
    const data = task.details.data ?? Buffer.alloc(0);
    const before = existing?.stat.size ?? 0;
    const written =
      before === 0 ? writeNew(fd, data) : writeDiffering(fd, data, before, recordSize);
    if (before > data.length) truncateFd(fd, data.length);
    const isBare = existing === null && !directories.hasDefaultAcl(parent);
    applyMetadata(openPlace(fd), readEntry(task.entry, 0), task.details, { isBare });
    writeRecord(fd, task.entry, { complete: true, tag: task.tag });
    return written;
  } finally {
    closeFd(fd);
  }
}

function writeNew(fd: number, data: Buffer): number {
  if (data.length > 0) writeFile(fd, data, 0);
  return data.length;
}

function writeDiffering(fd: number, data: Buffer, before: number, recordSize: number): number {
  const present = Buffer.alloc(Math.min(before, data.length));
  const length = readFile(fd, present, 0);
  let written = 0;
  for (const run of differingRuns(data, present, length, recordSize)) {
    writeFile(fd, data.subarray(run.start, run.start + run.length), run.start);
    written += run.length;
  }
  const rest = data.subarray(length);
  if (rest.length > 0) writeFile(fd, rest, length);
  return written + rest.length;
}
