export interface Run {
  /** Bytes from the start of the buffers. */
  readonly start: number;
  readonly length: number;
}

/**
 * The runs of whole blocks in which two buffers differ, neighbours merged. Blocks that are equal
 * need not be written: ZFS goes on sharing them with the older snapshots. `offset`: where the buffers
 * begin in the file or device, of which a block may have begun before them.
 */
export function differingRuns(
  a: Buffer,
  b: Buffer,
  length: number,
  block: number,
  offset = 0,
): Run[] {
  // Mostly all is equal, or all differs; the first is cheap to see.
  if (a.compare(b, 0, length, 0, length) === 0) return [];
  const runs: Run[] = [];
  let start = -1;
  for (let at = 0, end = 0; at < length; at = end) {
    end = Math.min(at + block - ((offset + at) % block), length);
    const same = a.compare(b, at, end, at, end) === 0;
    if (!same && start < 0) start = at;
    if (same && start >= 0) {
      runs.push({ start, length: at - start });
      start = -1;
    }
  }
  if (start >= 0) runs.push({ start, length: length - start });
  return runs;
}
