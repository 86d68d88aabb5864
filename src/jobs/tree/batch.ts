import {
  type Entry,
  type EntryBatch,
  encodeEntry,
  nextEntry,
  readEntry,
  type TreePath,
} from '../../core/entry.ts';
import { type Comparison, type TreeWriter, VERDICT } from '../../core/tree.ts';

/** An entry of the source, and what the target says of it: see `Comparison`. */
export interface Compared {
  readonly entry: Entry;
  readonly verdict: number;
  readonly inode: bigint;
  readonly links: boolean;
}

export function* entriesOf({ count, bytes }: EntryBatch): Generator<Entry> {
  for (let index = 0, at = 0; index < count; index++, at = nextEntry(bytes, at)) {
    yield readEntry(bytes, at);
  }
}

/** The entries of a batch with what the target said of them. */
export function* comparedOf(batch: EntryBatch, comparison: Comparison): Generator<Compared> {
  let index = 0;
  for (const entry of entriesOf(batch)) {
    yield {
      entry,
      verdict: comparison.verdicts[index] ?? VERDICT.other,
      inode: comparison.inodes[index] ?? 0n,
      links: comparison.links[index] === 1,
    };
    index++;
  }
}

/** Compares a single entry. */
export async function compareOne(
  writer: TreeWriter,
  directory: TreePath,
  entry: Entry,
  signal: AbortSignal,
): Promise<Compared> {
  const batch = { count: 1, bytes: encodeEntry(entry) };
  const [compared] = [...comparedOf(batch, await writer.compare(directory, batch, signal))];
  if (compared === undefined) throw new Error('a batch of one entry has none');
  return compared;
}
