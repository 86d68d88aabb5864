import type { Extent } from '../../core/extent.ts';
import type { VolumeSnapshot, VolumeWriter } from '../../core/volume.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import { JobError } from '../errors.ts';

/** Bytes compared at each sampled place; a multiple of every volblocksize. */
export const SAMPLE_BYTES = 128 * 1024;

/**
 * Picks places, multiples of {@link SAMPLE_BYTES}, that no range touches; at most `count`, fewer
 * when the random picks hit changed ones. `random` gives numbers in [0, 1).
 */
export function pickSamples(
  extents: readonly Extent[],
  size: number,
  count: number,
  random: () => number,
): number[] {
  const places = Math.floor(size / SAMPLE_BYTES);
  const picked = new Set<number>();
  for (let tries = 0; tries < count * 4 && picked.size < count && places > 0; tries++) {
    const at = Math.floor(random() * places) * SAMPLE_BYTES;
    if (!touches(extents, at, at + SAMPLE_BYTES)) picked.add(at);
  }
  return [...picked].sort((a, b) => a - b);
}

/** Whether any of the sorted ranges overlaps [start, end). */
function touches(extents: readonly Extent[], start: number, end: number): boolean {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const extent = extents[middle];
    if (extent !== undefined && extent.offset + extent.length <= start) low = middle + 1;
    else high = middle;
  }
  const first = extents[low];
  return first !== undefined && first.offset < end;
}

export interface SampleOptions {
  readonly source: string;
  readonly pool: BufferPool;
  readonly signal: AbortSignal;
}

/**
 * Compares places that the diff calls unchanged: a tripwire against a diff that misses changes (a
 * damaged object map does). Throws when one differs, before anything is committed.
 */
export async function compareSamples(
  snapshot: VolumeSnapshot,
  writer: VolumeWriter,
  places: readonly number[],
  { source, pool, signal }: SampleOptions,
): Promise<void> {
  for (const offset of places) {
    const lease = await pool.lease(signal);
    try {
      await snapshot.read(offset, SAMPLE_BYTES, lease.buffer, signal);
      const bytes = lease.buffer.subarray(0, SAMPLE_BYTES);
      if (await writer.holds(offset, bytes, signal)) continue;
    } finally {
      lease.release();
    }
    throw new JobError({
      code: 'diff-missed-change',
      message:
        `${source}: the diff calls the ${SAMPLE_BYTES} bytes at offset ${offset} unchanged, ` +
        'but they differ from the target; nothing was committed',
      retry: 'never',
      hint:
        'Rebuild the object map (`rbd object-map rebuild`), use `diff: exact`, and run the job once with --full: ' +
        'earlier increments may have missed changes too.',
    });
  }
}
