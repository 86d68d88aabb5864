import type { EntryBatch } from '../../core/entry.ts';
import type { Pointer } from '../../native/call.ts';
import type { Operations } from '../ceph/operations.ts';
import { toBuffer } from './bytes.ts';
import type { Call } from './calls.ts';
import type { Nudge } from './nudge.ts';
import type { ListedBatch } from './worker-entries.ts';

/**
 * How many entries are listed in a second, in all directories together. Ceph's client keeps some 2 KiB of each, and drops
 * what is more than `client_cache_size` only once a second: without a bound, a directory of a million takes 100 MiB.
 */
export const ENTRIES_PER_SECOND = 16_384;

export interface Listing {
  readonly call: Call;
  readonly handle: Pointer;
  readonly operations: Operations;
  /** Ends with a NUL. */
  readonly path: Uint8Array;
  readonly nudge: Nudge;
  /** Waits until so many entries may come; see {@link ENTRIES_PER_SECOND}. */
  readonly pace: (entries: number) => Promise<void>;
}

/** Runs a call until it returns or is given up, and says what it was about when it fails. */
type Run = (work: () => Promise<ListedBatch>) => Promise<ListedBatch>;

/** The entries of a directory; a batch is read when it is asked for, and not before. */
export async function* listBatches(
  { call, handle, operations, path, nudge, pace }: Listing,
  run: Run,
): AsyncGenerator<EntryBatch, void> {
  // Set while the directory is open, or will be when the call that runs has returned.
  let last: Promise<ListedBatch> | undefined;
  const release = operations.hold();
  const read = async (work: () => Promise<ListedBatch>): Promise<ListedBatch> => {
    const batch = await run(() => {
      last = work();
      return nudge.whileWaiting(last);
    });
    if (batch.next === null) last = undefined;
    return batch;
  };

  try {
    let batch = await read(() => call('beginList', handle, path));
    for (;;) {
      const { count, bytes, next } = batch;
      await pace(count);
      if (count > 0) yield { count, bytes: toBuffer(bytes) };
      if (next === null) return;
      batch = await read(() => call('continueList', handle, next));
    }
  } finally {
    nudge[Symbol.dispose]();
    if (last !== undefined) operations.track(endList(call, handle, last));
    release();
  }
}

/** Closes the directory of a listing that ends early. One that failed was closed where it failed. */
async function endList(call: Call, handle: Pointer, last: Promise<ListedBatch>): Promise<void> {
  try {
    const { next } = await last;
    if (next !== null) await call('endList', handle, next);
  } catch {
    // Nobody waits for it any more.
  }
}
