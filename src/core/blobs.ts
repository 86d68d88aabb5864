import type { EntryDetails, Xattr } from './entry.ts';

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

/** What {@link packBlobs} was given, without copying it. Throws a RangeError when a length leads beyond the end. */
export function unpackBlobs(packed: Uint8Array): (Buffer | null)[] {
  const from = asBuffer(packed);
  const blobs: (Buffer | null)[] = [];
  for (let at = 0; at < from.length; ) {
    const length = from.readUInt32LE(at);
    at += 4;
    if (length === NULL) {
      blobs.push(null);
      continue;
    }
    if (length > from.length - at) throw new RangeError('a byte string leads beyond the end');
    blobs.push(from.subarray(at, at + length));
    at += length;
  }
  return blobs;
}

/** How many byte strings {@link unpackBlobs} would make of it at most, told without making them. */
export function countBlobs(packed: Uint8Array): number {
  const from = asBuffer(packed);
  let count = 0;
  for (let at = 0; at + 4 <= from.length; count++) {
    const length = from.readUInt32LE(at);
    at += length === NULL ? 4 : 4 + length;
  }
  return count;
}

/** What came out of a message is no Buffer any more. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The details of an entry as byte strings: {@link readDetails} reads them. */
export function detailBlobs({
  xattrs,
  linkTarget,
  settings,
  data,
}: EntryDetails): readonly (Buffer | null)[] {
  return [linkTarget, Buffer.from(JSON.stringify(settings)), data, ...xattrs.flat()];
}

/** Throws a RangeError when they are no details, or a SyntaxError when the settings are no JSON. */
export function readDetails(blobs: readonly (Buffer | null)[]): EntryDetails {
  const [linkTarget, text, data, ...rest] = blobs;
  if (linkTarget === undefined || data === undefined) throw incomplete();
  const xattrs: Xattr[] = [];
  for (let index = 0; index < rest.length; index += 2) {
    xattrs.push([needBlob(rest[index]), needBlob(rest[index + 1])]);
  }
  const settings = JSON.parse(needBlob(text).toString('utf8')) as Record<string, string>;
  return { xattrs, linkTarget, settings, data };
}

/** A byte string that must be there; else throws a RangeError. */
export function needBlob(blob: Buffer | null | undefined): Buffer {
  if (blob === null || blob === undefined) throw incomplete();
  return blob;
}

function incomplete(): RangeError {
  return new RangeError('byte strings came incomplete');
}
