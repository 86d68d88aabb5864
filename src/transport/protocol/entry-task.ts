import { detailBlobs, needBlob, packBlobs, readDetails, unpackBlobs } from '../../core/blobs.ts';
import { type Entry, type EntryDetails, encodeEntry, type TreePath } from '../../core/entry.ts';

/** What is to be done with an entry, as the body of a request has it. */
export interface WrittenTask {
  readonly path: TreePath;
  /** As in a batch. */
  readonly entry: Buffer;
  readonly details: EntryDetails;
}

export function packTask(path: TreePath, entry: Entry, details: EntryDetails): Uint8Array {
  return packBlobs([path, encodeEntry(entry), ...detailBlobs(details)]);
}

/** What {@link packTask} was given. Throws a RangeError or a SyntaxError when it cannot have been. */
export function unpackTask(packed: Uint8Array): WrittenTask {
  const [path, entry, ...details] = unpackBlobs(packed);
  return { path: needBlob(path), entry: needBlob(entry), details: readDetails(details) };
}
