/** Ranges of bytes, one at each index, in memory that can move between threads. */
export interface Runs {
  readonly starts: Float64Array<ArrayBuffer>;
  readonly ends: Float64Array<ArrayBuffer>;
  /** 1 for a range that reads as zeros, 0 for data. */
  readonly zeros: Uint8Array<ArrayBuffer>;
}

/**
 * Sorts the first `count` ranges in place, and joins those that overlap or touch. Where data and
 * zeros overlap, all of it becomes data. Returns how many are left.
 */
export function mergeRuns(runs: Runs, count: number): number {
  sortRuns(runs, count);
  const apart = joinRuns(runs, count, (gap) => gap < 0);
  // Only now is it known which kind each range has.
  return joinRuns(runs, apart, (gap, left, right) => gap === 0 && left.zero === right.zero);
}

/**
 * Joins neighbours among the first `count` sorted ranges, in place, where that makes no more than
 * `waste` bytes data that were not. Returns how many are left.
 */
export function coalesceRuns(runs: Runs, count: number, waste: number): number {
  return joinRuns(runs, count, (gap, left, right) => {
    if (gap === 0 && left.zero === right.zero) return true;
    const zeros = (left.zero === 1 ? left.length : 0) + (right.zero === 1 ? right.length : 0);
    return gap + zeros <= waste;
  });
}

interface Run {
  readonly length: number;
  readonly zero: number;
}

function joinRuns(
  { starts, ends, zeros }: Runs,
  count: number,
  joins: (gap: number, left: Run, right: Run) => boolean,
): number {
  if (count === 0) return 0;
  let last = 0;
  for (let index = 1; index < count; index++) {
    const start = starts[index] as number;
    const end = ends[index] as number;
    const zero = zeros[index] as number;
    const lastStart = starts[last] as number;
    const lastEnd = ends[last] as number;
    const lastZero = zeros[last] as number;
    const left = { length: lastEnd - lastStart, zero: lastZero };
    if (joins(start - lastEnd, left, { length: end - start, zero })) {
      // Only zeros that touch zeros may stay zeros.
      zeros[last] = start <= lastEnd ? lastZero & zero : 0;
      ends[last] = Math.max(lastEnd, end);
    } else {
      last++;
      starts[last] = start;
      ends[last] = end;
      zeros[last] = zero;
    }
  }
  return last + 1;
}

function sortRuns({ starts, ends, zeros }: Runs, count: number): void {
  const order = new Uint32Array(count).map((_, index) => index);
  order.sort((a, b) => (starts[a] as number) - (starts[b] as number));
  for (const values of [starts, ends, zeros]) {
    const sorted = Float64Array.from(order, (index) => values[index] as number);
    values.set(sorted);
  }
}
