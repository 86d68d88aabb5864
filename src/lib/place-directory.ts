import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncDirectory, writeNew } from './write-durably.ts';

/**
 * Makes a directory with these files, names and texts: all of it is there, also after a power cut, or nothing. Only its
 * owner may use it. What is there already stays: then this throws ENOTEMPTY, EEXIST or ENOTDIR. Throws what the
 * system says.
 */
export function placeDirectory(path: string, files: Readonly<Record<string, string>>): void {
  const staged = mkdtempSync(`${path}.new-`);
  try {
    for (const [name, text] of Object.entries(files)) writeNew(join(staged, name), text);
    syncDirectory(staged);
    // Takes the place of an empty directory, and of nothing else.
    renameSync(staged, path);
  } catch (error) {
    rmSync(staged, { recursive: true, force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}
