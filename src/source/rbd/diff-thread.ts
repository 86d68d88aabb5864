import { createSlots } from '../../lib/slots.ts';
import { createWorkerPool } from '../../lib/worker-pool.ts';
import type { Pointer } from '../../native/call.ts';
import { ErrnoError } from '../../native/errno.ts';
import type { Runs } from './runs.ts';

export interface DiffOrder {
  readonly image: Pointer;
  /** Name of the base; null for all that was ever written. */
  readonly from: string | null;
  /** Bytes. */
  readonly size: number;
  readonly wholeObject: boolean;
  readonly maxRuns: number | undefined;
}

/** What a thread answers: the C function's result, and what it found. */
export interface DiffAnswer {
  readonly result: number;
  readonly runs: Runs;
}

/** How many diffs run at a time. Each asks the cluster many questions at once, and a thread takes some 10 MiB. */
const AT_A_TIME = 8;

/**
 * Threads for diffs. A callback from C costs 1.6 µs in the thread that made the call, and 20 µs when it is
 * relayed from one of libuv's threads, which also stops the event loop.
 */
export interface DiffThreads extends AsyncDisposable {
  run(order: DiffOrder, signal: AbortSignal): Promise<Runs>;
}

export function createDiffThreads(): DiffThreads {
  const slots = createSlots(AT_A_TIME);
  const pool = createWorkerPool({
    url: new URL('./diff-worker.ts', import.meta.url),
    count: AT_A_TIME,
  });
  return {
    async run(order, signal) {
      // Else a short one would wait behind a long one while other threads are free.
      const leave = await slots.take();
      try {
        signal.throwIfAborted();
        // An int32 that becomes 1 when it is to stop.
        const stop = new Int32Array(new SharedArrayBuffer(4));
        const abort = () => Atomics.store(stop, 0, 1);
        signal.addEventListener('abort', abort, { once: true });
        try {
          const { result, runs } = await pool.call<DiffAnswer>('diff', [order, stop]);
          signal.throwIfAborted();
          if (result < 0) throw new ErrnoError('rbd_diff_iterate2', -result);
          return runs;
        } finally {
          signal.removeEventListener('abort', abort);
        }
      } finally {
        leave();
      }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
