import { asBuffer, packBlobs, unpackBlobs } from './blobs.ts';
import { ENTRY_TYPES } from './entry.ts';
import type { TargetName } from './tree.ts';

/** Names on the target in one piece of memory, as they travel between threads and machines. */
export function packNames(names: readonly TargetName[]): Uint8Array<ArrayBuffer> {
  const blobs: Buffer[] = [];
  for (const { name, type, ino } of names) {
    const head = Buffer.alloc(9);
    head.writeUInt8(ENTRY_TYPES.indexOf(type), 0);
    head.writeBigUInt64LE(ino, 1);
    blobs.push(head, name);
  }
  return packBlobs(blobs);
}

/** What {@link packNames} was given, without copying the names. Throws a RangeError when it cannot have been. */
export function unpackNames(packed: Uint8Array): readonly TargetName[] {
  const blobs = unpackBlobs(asBuffer(packed));
  const names: TargetName[] = [];
  for (let index = 0; index < blobs.length; index += 2) {
    const [head, name] = [blobs[index], blobs[index + 1]];
    const type = ENTRY_TYPES[head?.readUInt8(0) ?? ENTRY_TYPES.length];
    if (!head || !name || type === undefined) throw new RangeError('a list came incomplete');
    names.push({ name, type, ino: head.readBigUInt64LE(1) });
  }
  return names;
}
