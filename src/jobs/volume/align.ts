import type { Extent } from '../../core/extent.ts';

export interface AlignOptions {
  /** Size of the target's blocks in bytes. */
  readonly blockSize: number;
  /** Size of the image in bytes; it may end within a block. */
  readonly size: number;
  /** Size of the image at the base; null when there is none. */
  readonly baseSize: number | null;
}

/**
 * Turns what the source says (ranges to the byte) into what the target can take (whole blocks), in
 * ascending order. Data grows outward to whole blocks: what is read in addition is unchanged, so
 * writing it is right. Zeros shrink inward, because a block that also holds other bytes cannot be
 * discarded; the edges that are left become data. Only the last range may end at `size`.
 */
export function alignExtents(extents: readonly Extent[], options: AlignOptions): Extent[] {
  const { blockSize, size, baseSize } = options;
  const down = (at: number): number => Math.floor(at / blockSize) * blockSize;
  const up = (at: number): number => Math.min(Math.ceil(at / blockSize) * blockSize, size);
  const out: Extent[] = [];

  function push(kind: Extent['kind'], start: number, end: number): void {
    const last = out.at(-1);
    const lastEnd = last === undefined ? 0 : last.offset + last.length;
    // The edges of neighbours may share a block: it is data, and wanted once.
    const from = Math.max(start, lastEnd);
    if (from >= end) return;
    if (last !== undefined && last.kind === kind && lastEnd === from) {
      out[out.length - 1] = { ...last, length: end - last.offset };
    } else {
      out.push({ kind, offset: from, length: end - from });
    }
  }

  for (const { kind, offset, length } of extents) {
    const end = Math.min(offset + length, size);
    if (end <= offset) continue;
    if (kind === 'data') {
      push('data', down(offset), up(end));
      continue;
    }
    const first = up(offset);
    // Behind the end of the image there is nothing: a zero range up to the end takes its block.
    const last = end === size ? size : down(end);
    push('data', down(offset), first);
    if (last >= first) {
      push('zero', first, last);
      push('data', last, up(end));
    }
  }
  // The last block of an image that shrank or grew holds bytes that were beyond the old or the new
  // end; the diff says nothing of those.
  if (baseSize !== null && baseSize !== size && size % blockSize !== 0) {
    addTail(out, down(size), size);
  }
  return out;
}

/** Makes [start, end), the last and partial block, data, whatever it was. */
function addTail(out: Extent[], start: number, end: number): void {
  const last = out.at(-1);
  if (last !== undefined && last.offset + last.length > start) {
    if (last.kind === 'data') {
      out[out.length - 1] = { ...last, length: end - last.offset };
      return;
    }
    out.pop();
    if (last.offset < start) out.push({ ...last, length: start - last.offset });
  }
  out.push({ kind: 'data', offset: start, length: end - start });
}

/** The part of the ranges at or above `offset`, which is block aligned. */
export function extentsFrom(extents: readonly Extent[], offset: number): readonly Extent[] {
  if (offset === 0) return extents;
  return extents.flatMap((extent) => {
    const end = extent.offset + extent.length;
    if (end <= offset) return [];
    if (extent.offset >= offset) return [extent];
    return [{ ...extent, offset, length: end - offset }];
  });
}

export function totalBytes(extents: readonly Extent[]): number {
  return extents.reduce((sum, extent) => sum + extent.length, 0);
}
