import { parentPort } from 'node:worker_threads';
import { type CrossedError, takeApart } from './crossed-error.ts';

/** A call, on its way to a worker; null tells the worker to end. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What came of the call with the same id. */
export type WorkerAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: CrossedError };

// `never[]`: handlers may have any parameters; who calls knows which.
export type WorkerHandlers = Readonly<Record<string, (...args: never[]) => unknown>>;

/**
 * In a worker's own file: answers the calls of a `WorkerPool`, each with what the handler of that
 * name returns, a promise included. Synchronous handlers run one after the other. `transferOf` names
 * the memory in a result that is moved to the caller instead of being copied.
 */
export function serve(
  handlers: WorkerHandlers,
  transferOf: (result: unknown) => ArrayBuffer[] = () => [],
): void {
  const port = parentPort;
  if (port === null) throw new Error('there is nobody to serve: this is no worker thread');

  const answer = async ({ id, method, args }: WorkerRequest) => {
    try {
      const handler = handlers[method];
      if (handler === undefined) throw new Error(`the worker has no method ${method}`);
      const result = await handler(...(args as never[]));
      const message: WorkerAnswer = { id, result };
      port.postMessage(message, transferOf(result));
    } catch (error) {
      const message: WorkerAnswer = { id, error: takeApart(error) };
      port.postMessage(message);
    }
  };

  port.on('message', (request: WorkerRequest | null) => {
    // With its port closed, nothing keeps the thread from ending.
    if (request === null) port.close();
    else void answer(request);
  });
}
