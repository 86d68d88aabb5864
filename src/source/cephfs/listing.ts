import type { EntryBatch } from '../../core/entry.ts';
import type { Pointer } from '../../native/call.ts';
import type { Operations } from '../ceph/operations.ts';
import { toBuffer } from './bytes.ts';
import type { Call } from './calls.ts';
import type { Nudge } from './nudge.ts';
import type { ListedBatch } from './worker-entries.ts';

export interface Listing {
  readonly call: Call;
  readonly handle: Pointer;
  readonly operations: Operations;
  /** Ends with a NUL. */
  readonly path: Uint8Array;
  readonly nudge: Nudge;
}

/** Runs a call until it returns or is given up, and says what it was about when it fails. */
type Run = (work: () => Promise<ListedBatch>) => Promise<ListedBatch>;

/** The entries of a directory; a batch is read when it is asked for, and not before. */
export async function* listBatches(
  { call, handle, operations, path, nudge }: Listing,
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
