import { expect } from 'vitest';
import type { Extent } from '../../src/core/extent.ts';
import type { VolumeSnapshot } from '../../src/core/volume.ts';

const never = new AbortController().signal;
const PIECE_BYTES = 100_003;

/** All bytes of a snapshot, read in pieces that are aligned to nothing. */
export async function readAll(reader: VolumeSnapshot): Promise<Buffer> {
  const bytes = Buffer.alloc(reader.size);
  const reads: Promise<void>[] = [];
  for (let offset = 0; offset < reader.size; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, reader.size - offset);
    reads.push(reader.read(offset, length, bytes.subarray(offset, offset + length), never));
  }
  await Promise.all(reads);
  return bytes;
}

/**
 * What a target makes of a diff: the base's bytes, cut or filled up with zeros to the new size, and
 * the extents on top. Also holds the extents to what the port promises of them.
 */
export async function applyExtents(
  reader: VolumeSnapshot,
  base: Buffer | null,
  extents: readonly Extent[],
): Promise<Buffer> {
  const bytes = Buffer.alloc(reader.size);
  base?.copy(bytes, 0, 0, Math.min(base.length, bytes.length));
  expectWellFormed(extents, reader.size);
  for (const { offset, length, kind } of extents) {
    const range = bytes.subarray(offset, offset + length);
    if (kind === 'zero') range.fill(0);
    else await reader.read(offset, length, range, never);
  }
  return bytes;
}

/** Sorted by offset, not overlapping, merged, inside the image. */
export function expectWellFormed(extents: readonly Extent[], size: number): void {
  let end = 0;
  let kind: string | null = null;
  for (const extent of extents) {
    expect(extent.length).toBeGreaterThan(0);
    expect(extent.offset).toBeGreaterThanOrEqual(end);
    if (extent.offset === end && extent.offset > 0) expect(extent.kind).not.toBe(kind);
    end = extent.offset + extent.length;
    kind = extent.kind;
    expect(end).toBeLessThanOrEqual(size);
  }
}
