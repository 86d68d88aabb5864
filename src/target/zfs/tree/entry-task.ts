import { detailBlobs, needBlob, packBlobs, readDetails, unpackBlobs } from '../../../core/blobs.ts';
import type { EntryDetails } from '../../../core/entry.ts';

/** What is to be done with an entry. */
export interface EntryTask {
  /** Of the entry, or whatever the operation is about. */
  readonly path: Buffer;
  /** As in a batch. */
  readonly entry: Buffer;
  /** For its record; see `RecordState`. */
  readonly tag: Buffer;
  readonly details: EntryDetails;
}

/** A task in memory of its own, which goes to another thread. */
export function packTask(
  path: Buffer,
  entry: Buffer,
  tag: Buffer,
  details: EntryDetails,
): Uint8Array<ArrayBuffer> {
  return packBlobs([path, entry, tag, ...detailBlobs(details)]);
}

export function unpackTask(packed: Uint8Array): EntryTask {
  const [path, entry, tag, ...details] = unpackBlobs(packed);
  const about = { path: needBlob(path), entry: needBlob(entry), tag: needBlob(tag) };
  return { ...about, details: readDetails(details) };
}
