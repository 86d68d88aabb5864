import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Replaces a file whole: whoever reads it, also after a power cut, finds the old text or the new one, and the
 * new one once this returned. Only its owner may read it. Throws what the system says.
 */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.new`;
  // What a process left behind that was killed while it wrote.
  rmSync(temporary, { force: true });
  try {
    writeNew(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/**
 * Writes a file that must not be there yet, whole and on disk once this returned; its name is after
 * {@link syncDirectory}. Only its owner may read it.
 */
export function writeNew(path: string, text: string): void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Has the names in a directory on disk. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
