import type { BufferLease } from '../core/extent.ts';

/** A fixed number of buffers: whoever gets none waits, in order, and this is all the backpressure. */
export interface BufferPool {
  lease(signal: AbortSignal): Promise<BufferLease>;
  /** Buffers that nobody holds. */
  readonly free: number;
}

export interface BufferPoolOptions {
  readonly count: number;
  /** Size of each buffer in bytes. */
  readonly bytes: number;
  /** Where the memory comes from; called `count` times at most, when a buffer is first needed. */
  readonly allocate: (bytes: number) => Buffer;
}

export function createBufferPool(options: BufferPoolOptions): BufferPool {
  const idle: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let made = 0;

  function giveBack(buffer: Buffer): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(buffer);
    else next(buffer);
  }

  function leaseOf(buffer: Buffer): BufferLease {
    let held = true;
    return {
      buffer,
      release() {
        // A second release would lend one buffer to two holders: data of two images would mix.
        if (!held) throw new Error('a buffer was given back twice');
        held = false;
        giveBack(buffer);
      },
    };
  }

  async function lease(signal: AbortSignal): Promise<BufferLease> {
    signal.throwIfAborted();
    const ready = idle.pop();
    if (ready !== undefined) return leaseOf(ready);
    if (made < options.count) {
      made++;
      return leaseOf(options.allocate(options.bytes));
    }
    return leaseOf(await nextBuffer(signal));
  }

  function nextBuffer(signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      function onAbort(): void {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal.reason);
      }
      function take(buffer: Buffer): void {
        signal.removeEventListener('abort', onAbort);
        resolve(buffer);
      }
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(take);
    });
  }

  return {
    lease,
    get free() {
      return idle.length + options.count - made;
    },
  };
}
