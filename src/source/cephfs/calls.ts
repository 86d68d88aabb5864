import { createWorkerPool } from '../../lib/worker-pool.ts';
import { rebuildErrno } from '../../native/crossed-errno.ts';
import type { WorkerHandlers } from './worker.ts';

/** Runs one of the worker's functions in one of the threads. What fails is an ErrnoError. */
export type Call = <Method extends keyof WorkerHandlers>(
  method: Method,
  ...args: Parameters<WorkerHandlers[Method]>
) => Promise<ReturnType<WorkerHandlers[Method]>>;

/** The threads that make the calls into libcephfs. Closing waits for the calls that were made. */
export interface CallThreads extends AsyncDisposable {
  readonly call: Call;
}

export function createCallThreads(count: number): CallThreads {
  const pool = createWorkerPool({
    url: new URL('./worker.ts', import.meta.url),
    count,
    rebuild: rebuildErrno,
  });
  return {
    call: (method, ...args) => pool.call(method, args),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
