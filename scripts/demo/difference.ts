import { type FileHandle, open } from 'node:fs/promises';

const BLOCK = 4096;
const PIECE = 4 * 1024 * 1024;

/**
 * Writes what differs between two files of one length, block by block, in the format that
 * `rbd import-diff` reads ("rbd diff v1"): so an image is changed in place, as a guest would.
 * Returns the bytes that differ.
 */
export async function writeDifference(
  before: string,
  after: string,
  stream: FileHandle,
): Promise<number> {
  await using old = await open(before);
  await using changed = await open(after);
  const { size } = await changed.stat();
  await stream.writeFile('rbd diff v1\n');
  await stream.writeFile(record('s', size));
  const a = Buffer.alloc(PIECE);
  const b = Buffer.alloc(PIECE);
  let bytes = 0;
  for (let at = 0; at < size; at += PIECE) {
    await old.read(a, 0, PIECE, at);
    const { bytesRead } = await changed.read(b, 0, PIECE, at);
    for (let start = 0; start < bytesRead; start += BLOCK) {
      const end = Math.min(start + BLOCK, bytesRead);
      if (a.compare(b, start, end, start, end) === 0) continue;
      await stream.writeFile(record('w', at + start, end - start));
      await stream.writeFile(b.subarray(start, end));
      bytes += end - start;
    }
  }
  await stream.writeFile('e');
  return bytes;
}

/** A letter and numbers of 64 bits, little-endian. */
function record(tag: string, ...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(1 + 8 * numbers.length);
  bytes.write(tag, 'latin1');
  for (const [index, number] of numbers.entries()) {
    bytes.writeBigUInt64LE(BigInt(number), 1 + 8 * index);
  }
  return bytes;
}
