import type { Extent } from '../../core/extent.ts';
import { coalesceRuns, mergeRuns, type Runs } from './runs.ts';

/** How many ranges of a diff are kept apart at most, unless told otherwise: some 20 MB of memory. */
export const DEFAULT_MAX_RUNS = 1_000_000;

/** The first gap that is swallowed when there are too many ranges, in bytes. */
const FIRST_GAP_BYTES = 16 * 1024;
const FIRST_ROOM = 1024;

/**
 * Takes the ranges of a diff, in any order, and keeps them in memory of a bounded size. When there
 * are too many, neighbours are joined, over ever larger gaps. A gap or a zero range that is
 * swallowed becomes data: reading unchanged bytes from the snapshot again is always right.
 */
export class ExtentCollector {
  readonly #size: number;
  readonly #maxRuns: number;
  #runs: Runs;
  #count = 0;
  #sorted = true;
  #gap = FIRST_GAP_BYTES;

  /** `size` is the image's, in bytes: what lies beyond is dropped. `maxRuns` is at least 2. */
  constructor(size: number, maxRuns: number = DEFAULT_MAX_RUNS) {
    this.#size = size;
    this.#maxRuns = Math.max(2, maxRuns);
    this.#runs = makeRuns(Math.min(FIRST_ROOM, this.#maxRuns));
  }

  /** Adds a range that was written (`exists`) or reads as zeros now. */
  add(start: number, length: number, exists: boolean): void {
    const end = Math.min(start + length, this.#size);
    if (end <= start) return;
    const zero = exists ? 0 : 1;
    this.#makeRoom();
    // Making room sorts and joins, so the last range is known only now.
    const { starts, ends, zeros } = this.#runs;
    const last = this.#count - 1;
    if (last >= 0 && ends[last] === start && zeros[last] === zero) {
      ends[last] = end;
      return;
    }
    if (last >= 0 && start < (ends[last] as number)) this.#sorted = false;
    starts[this.#count] = start;
    ends[this.#count] = end;
    zeros[this.#count] = zero;
    this.#count++;
  }

  /** The ranges: sorted, not overlapping, merged. */
  finish(): Runs {
    this.#tidy();
    return sliceRuns(this.#runs, this.#count);
  }

  #makeRoom(): void {
    const room = this.#runs.starts.length;
    if (this.#count < room) return;
    if (room < this.#maxRuns) {
      this.#runs = sliceRuns(this.#runs, this.#count, Math.min(room * 2, this.#maxRuns));
      return;
    }
    this.#tidy();
    // Down to a half, so that this work is rare.
    while (this.#count > this.#maxRuns / 2) {
      this.#count = coalesceRuns(this.#runs, this.#count, this.#gap);
      this.#gap *= 2;
    }
  }

  #tidy(): void {
    if (this.#sorted) return;
    this.#count = mergeRuns(this.#runs, this.#count);
    this.#sorted = true;
  }
}

/** The ranges as the objects that the rest of the program works with. */
export function runsToExtents({ starts, ends, zeros }: Runs): Extent[] {
  return Array.from(starts, (offset, index) => ({
    offset,
    length: (ends[index] as number) - offset,
    kind: zeros[index] === 1 ? 'zero' : 'data',
  }));
}

function makeRuns(room: number): Runs {
  return {
    starts: new Float64Array(room),
    ends: new Float64Array(room),
    zeros: new Uint8Array(room),
  };
}

function sliceRuns(runs: Runs, count: number, room: number = count): Runs {
  const copy = makeRuns(room);
  copy.starts.set(runs.starts.subarray(0, count));
  copy.ends.set(runs.ends.subarray(0, count));
  copy.zeros.set(runs.zeros.subarray(0, count));
  return copy;
}
