import type { EntryDetails, Xattr } from '../../../core/entry.ts';

const NULL = 0xffff_ffff;

/**
 * Byte strings in one piece of memory of their own, each behind its length: what goes to another thread in a
 * message is moved, not copied. (A Buffer by itself would take the memory that it shares with others along.)
 */
export function packBlobs(blobs: readonly (Uint8Array | null)[]): Uint8Array<ArrayBuffer> {
  const total = blobs.reduce((sum, blob) => sum + 4 + (blob?.length ?? 0), 0);
  const into = Buffer.from(new ArrayBuffer(total));
  let at = 0;
  for (const blob of blobs) {
    at = into.writeUInt32LE(blob?.length ?? NULL, at);
    if (blob === null) continue;
    into.set(blob, at);
    at += blob.length;
  }
  return into;
}

export function unpackBlobs(packed: Uint8Array): (Buffer | null)[] {
  const from = asBuffer(packed);
  const blobs: (Buffer | null)[] = [];
  for (let at = 0; at < from.length; ) {
    const length = from.readUInt32LE(at);
    at += 4;
    blobs.push(length === NULL ? null : from.subarray(at, at + length));
    if (length !== NULL) at += length;
  }
  return blobs;
}

/** What came out of a message is no Buffer any more. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

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

export function packTask(
  path: Buffer,
  entry: Buffer,
  tag: Buffer,
  { xattrs, linkTarget, settings, data }: EntryDetails,
): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(JSON.stringify(settings));
  return packBlobs([path, entry, tag, linkTarget, text, data, ...xattrs.flat()]);
}

export function unpackTask(packed: Uint8Array): EntryTask {
  const [path, entry, tag, linkTarget = null, text, data = null, ...rest] = unpackBlobs(packed);
  const xattrs: Xattr[] = [];
  for (let index = 0; index + 1 < rest.length; index += 2) {
    xattrs.push([need(rest[index]), need(rest[index + 1])]);
  }
  const settings = JSON.parse(need(text).toString('utf8')) as Record<string, string>;
  const details = { xattrs, linkTarget, settings, data };
  return { path: need(path), entry: need(entry), tag: need(tag), details };
}

function need(blob: Buffer | null | undefined): Buffer {
  if (blob === null || blob === undefined) throw new Error('a task came incomplete');
  return blob;
}
