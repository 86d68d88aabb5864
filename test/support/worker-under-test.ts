import { setTimeout as sleep } from 'node:timers/promises';
import { threadId, workerData } from 'node:worker_threads';
import { serve } from '../../src/lib/worker-serve.ts';

class OddError extends Error {
  readonly call = 'f';
  readonly errno = 2;
  readonly inner = { not: 'plain' };
  override readonly name = 'OddError';
}

serve(
  {
    add: (a: number, b: bigint) => BigInt(a) + b,
    data: () => workerData,
    thread: () => threadId,
    bytes: (buffer: ArrayBuffer) => buffer,
    sleep: async (ms: number, answer: string) => {
      await sleep(ms);
      return answer;
    },
    /** Blocks the thread, as a C function does. */
    block: (ms: number) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    },
    fail: () => {
      throw new OddError('it is odd');
    },
    failPlainly: () => {
      throw 'only a text';
    },
    unclonable: () => () => undefined,
    die: () => {
      setImmediate(() => {
        throw new Error('the worker broke');
      });
      return new Promise(() => undefined);
    },
    exit: () => process.exit(3),
  },
  (result) => (result instanceof ArrayBuffer ? [result] : []),
);
