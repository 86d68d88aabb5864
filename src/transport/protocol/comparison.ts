import type { Comparison } from '../../core/tree.ts';

/** A verdict, a note of links, and an inode number. */
const BYTES_EACH = 10;

/** Verdicts, then links, then inodes (little-endian). */
export function packComparison({ verdicts, inodes, links }: Comparison): Buffer {
  const count = verdicts.length;
  const into = Buffer.alloc(count * BYTES_EACH);
  into.set(verdicts, 0);
  into.set(links, count);
  for (const [index, ino] of inodes.entries()) into.writeBigUInt64LE(ino, count * 2 + index * 8);
  return into;
}

/** What {@link packComparison} was given, of so many entries. Throws a RangeError when it cannot have been. */
export function unpackComparison(packed: Buffer, count: number): Comparison {
  if (packed.length !== count * BYTES_EACH) throw new RangeError('a comparison came incomplete');
  const inodes = new BigUint64Array(count);
  for (let index = 0; index < count; index++) {
    inodes[index] = packed.readBigUInt64LE(count * 2 + index * 8);
  }
  return {
    verdicts: new Uint8Array(packed.subarray(0, count)),
    links: new Uint8Array(packed.subarray(count, count * 2)),
    inodes,
  };
}
