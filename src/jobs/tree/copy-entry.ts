import { type Entry, joinPath, type TreePath } from '../../core/entry.ts';
import { copyFile } from './copy-file.ts';
import type { TreeWork } from './work.ts';

/**
 * Makes the copy of an entry that is no directory, or brings it to what the entry is now. The bytes of a file
 * are always compared: that its size and its mtime are what they were proves nothing, because an mtime can be
 * set back.
 */
export async function copyEntry(work: TreeWork, directory: TreePath, entry: Entry): Promise<void> {
  const { snapshot, writer, signal } = work;
  const path = joinPath(directory, entry.name);
  if (entry.type === 'file') return copyFile(work, path, entry);
  const details = await snapshot.details(path, entry, 0, signal);
  await writer.putSpecial(path, entry, details, signal);
}
