import { createWindow } from '../../lib/window.ts';
import type { Pointer } from '../../native/call.ts';
import { closeDirectory, openDirectory, readDirectoryName } from '../../native/cephfs-directory.ts';
import { askForStat } from '../../native/cephfs-stat.ts';

/** Names that are read before the caller is asked whether to go on. */
const BATCH_NAMES = 256;

/**
 * A question that comes after the listing's own waits as long as that one; others must get past it. Each takes
 * one of libuv's 16 threads, which serve all I/O on files as well, and up to four directories are nudged at once.
 */
const AT_A_TIME = 3;

/** Opens a live directory, and asks the MDS about the first entries in it; see `Nudge`. */
export function beginNudge(mount: Pointer, path: Uint8Array): Promise<Pointer | null> {
  return continueNudge(mount, path, openDirectory(mount, path));
}

/** Asks about the next entries. Null at the end; the directory is closed then, and when this throws. */
export async function continueNudge(
  mount: Pointer,
  path: Uint8Array,
  directory: Pointer,
): Promise<Pointer | null> {
  let next: Pointer | null = null;
  try {
    const names = readNames(mount, directory);
    await askForAll(
      mount,
      names.map((name) => join(path, name)),
    );
    if (names.length === BATCH_NAMES) next = directory;
    return next;
  } finally {
    if (next === null) closeDirectory(mount, directory);
  }
}

/** Also when this throws, no question is open any more: the mount may be closed after it. */
async function askForAll(mount: Pointer, paths: readonly Uint8Array[]): Promise<void> {
  const window = createWindow(AT_A_TIME);
  try {
    for (const path of paths) await window.add(() => askForStat(mount, path));
  } finally {
    await window.drain();
  }
}

function readNames(mount: Pointer, directory: Pointer): readonly Buffer[] {
  const names: Buffer[] = [];
  while (names.length < BATCH_NAMES) {
    const name = readDirectoryName(mount, directory);
    if (name === null) break;
    names.push(Buffer.from(name));
  }
  return names;
}

/** A path that ends with a NUL, as the given one does. */
function join(directory: Uint8Array, name: Buffer): Uint8Array {
  return Buffer.concat([directory.subarray(0, -1), Buffer.from('/'), name, Buffer.alloc(1)]);
}
