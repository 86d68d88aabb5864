import { Worker } from 'node:worker_threads';
import { type CrossedError, putTogether } from './crossed-error.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-serve.ts';

export interface WorkerPoolOptions {
  /** The worker's file, which calls `serve`. */
  readonly url: URL;
  /** How many threads there are at most; each is started when it is first needed. */
  readonly count: number;
  readonly workerData?: unknown;
  /** Makes an error of what a handler threw; without it, one of class Error with the same properties. */
  readonly rebuild?: (error: CrossedError) => Error;
}

export interface CallOptions {
  /** Memory in the arguments that is moved to the worker instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Which worker must do it, counted from 0; without it the least busy one does. */
  readonly worker?: number;
}

/**
 * Threads for calls that block: C functions for which one of libuv's threads and a promise each
 * would cost more than the call itself.
 */
export interface WorkerPool extends AsyncDisposable {
  /**
   * Calls a handler of a worker by its name. Calls to one worker are begun in the order in which they were
   * made. When a worker dies, its calls and all later ones of the pool fail with what it died of.
   */
  call<Result>(method: string, args: readonly unknown[], options?: CallOptions): Promise<Result>;
  /** Waits for all calls that were made, then ends the threads. Later calls fail. */
  [Symbol.asyncDispose](): Promise<void>;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { url, count, workerData, rebuild = putTogether } = options;
  const members = Array.from({ length: count }, () => new Member(url, workerData, rebuild, died));
  let refusal: Error | undefined;
  let closing: Promise<void> | undefined;

  function died(cause: Error): void {
    refusal ??= cause;
  }

  async function close(): Promise<void> {
    refusal ??= new Error('the worker pool is closed');
    await Promise.all(members.map((member) => member.close()));
  }

  return {
    call: async <Result>(
      method: string,
      args: readonly unknown[],
      { transfer = [], worker }: CallOptions = {},
    ) => {
      if (refusal !== undefined) throw refusal;
      const member = worker === undefined ? leastBusy(members) : members[worker];
      if (member === undefined) throw new RangeError(`there is no worker ${worker} of ${count}`);
      return (await member.call(method, args, transfer)) as Result;
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/**
 * Bound on a thread's heap for new objects. By default it grows to three times 16 MiB before it is swept, in each
 * thread; what a call leaves behind is small, and its buffers, which lie elsewhere, are only freed by a sweep.
 */
const YOUNG_MIB = 2;

function leastBusy(members: readonly Member[]): Member | undefined {
  // Of equally busy ones the first, so that no more threads are started than are needed.
  return members.reduce<Member | undefined>(
    (least, member) => (least === undefined || member.pending < least.pending ? member : least),
    undefined,
  );
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** One thread of the pool, and the calls that it has not answered yet. */
class Member {
  readonly #url: URL;
  readonly #workerData: unknown;
  readonly #rebuild: (error: CrossedError) => Error;
  readonly #died: (cause: Error) => void;
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #idle: (() => void) | undefined;

  constructor(
    url: URL,
    workerData: unknown,
    rebuild: (error: CrossedError) => Error,
    died: (cause: Error) => void,
  ) {
    this.#url = url;
    this.#workerData = workerData;
    this.#rebuild = rebuild;
    this.#died = died;
  }

  get pending(): number {
    return this.#calls.size;
  }

  call(
    method: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[],
  ): Promise<unknown> {
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const request: WorkerRequest = { id: ++this.#lastId, method, args };
    // Throws when the arguments cannot be cloned; then it was never made.
    this.#worker.postMessage(request, transfer);
    this.#calls.set(request.id, { resolve, reject });
    return promise;
  }

  /** Waits until all calls are answered, and for the thread's end. */
  async close(): Promise<void> {
    if (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#worker?.postMessage(null);
    await this.#exited;
  }

  #start(): Worker {
    const worker = new Worker(this.#url, {
      workerData: this.#workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('messageerror', (error: Error) => this.#fail(error));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#fail(new Error(`a worker thread ended by itself, with code ${code}`));
        resolve();
      });
    });
    return worker;
  }

  #settle(answer: WorkerAnswer): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    if ('error' in answer) call?.reject(this.#rebuild(answer.error));
    else call?.resolve(answer.result);
    this.#proveIdle();
  }

  #fail(error: Error): void {
    this.#died(error);
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#proveIdle();
  }

  #proveIdle(): void {
    if (this.#calls.size === 0) this.#idle?.();
  }
}
