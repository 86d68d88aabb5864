import {
  type Entry,
  type EntryBatch,
  joinPath,
  nextEntry,
  readEntry,
  type TreePath,
} from '../../src/core/entry.ts';
import type { TreeSnapshot } from '../../src/core/tree.ts';

const never = new AbortController().signal;

/** The entries of a batch, which must take up all of its bytes. */
export function entriesOf({ count, bytes }: EntryBatch): readonly Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    entries.push(readEntry(bytes, at));
    at = nextEntry(bytes, at);
  }
  if (at !== bytes.length) throw new Error(`a batch has ${bytes.length - at} bytes too many`);
  return entries;
}

/** All entries of a directory, sorted by their names' bytes. */
export async function listAll(
  tree: TreeSnapshot,
  directory: TreePath | string = '',
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of tree.list(Buffer.from(directory), never)) {
    entries.push(...entriesOf(batch));
  }
  return entries.sort((a, b) => Buffer.compare(a.name, b.name));
}

/** The entry of this path; throws when there is none. */
export async function entryAt(tree: TreeSnapshot, path: string | Buffer): Promise<Entry> {
  const bytes = Buffer.from(path);
  const slash = bytes.lastIndexOf('/');
  const name = bytes.subarray(slash + 1);
  const directory = bytes.subarray(0, Math.max(slash, 0));
  const found = (await listAll(tree, directory)).find((entry) => entry.name.equals(name));
  if (found === undefined) throw new Error(`there is no ${bytes.toString()}`);
  return found;
}

/** All paths beneath the top, sorted. */
export async function allPaths(tree: TreeSnapshot): Promise<readonly string[]> {
  const paths: string[] = [];
  const visit = async (directory: TreePath): Promise<void> => {
    for (const { name, type } of await listAll(tree, directory)) {
      const path = joinPath(directory, name);
      paths.push(path.toString());
      if (type === 'directory') await visit(path);
    }
  };
  await visit(Buffer.alloc(0));
  return paths.sort();
}

/** All bytes of a file, read in pieces of `piece` bytes that overlap in time. */
export async function readWhole(
  tree: TreeSnapshot,
  path: string | Buffer,
  size: number,
  piece = 64 * 1024,
): Promise<Buffer> {
  await using file = await tree.openFile(Buffer.from(path), never);
  const bytes = Buffer.alloc(size);
  const reads: Promise<void>[] = [];
  for (let offset = 0; offset < size; offset += piece) {
    const length = Math.min(piece, size - offset);
    reads.push(file.read(offset, length, bytes.subarray(offset, offset + length), never));
  }
  await Promise.all(reads);
  return bytes;
}
