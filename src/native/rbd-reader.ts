import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { type Pointer } from './call.ts';
import { ErrnoError } from './errno.ts';
import { eventfd, resetEventfd } from './libc.ts';
import { rbd } from './rbd-functions.ts';
import type { Image } from './rbd-image.ts';

const EVENT_TYPE_EVENTFD = 2;
const COMPLETIONS_AT_ONCE = 64;

type PollHandle = ReturnType<typeof koffi.node.poll>;

interface PendingRead {
  /** Held here so that it lives until librbd has filled it. */
  readonly into: Buffer;
  readonly length: number;
  resolve(): void;
  reject(error: Error): void;
}

/** A read that gave fewer bytes than there must be. */
export class ShortReadError extends Error {
  constructor(got: number, wanted: number) {
    super(`got ${got} bytes instead of ${wanted}`);
    this.name = 'ShortReadError';
  }
}

/**
 * Reads an image with many requests in flight, and without a thread for each: librbd reports what
 * is done through an eventfd that libuv watches. It owns the image: close the reader, not the image.
 */
export class ImageReader implements AsyncDisposable {
  readonly image: Image;
  readonly #fd: number;
  readonly #poll: PollHandle;
  readonly #pending = new Map<Pointer, PendingRead>();
  readonly #drained: (() => void)[] = [];
  #closed = false;

  constructor(image: Image) {
    this.image = image;
    this.#fd = eventfd();
    const result = rbd().setImageNotification(image.handle, this.#fd, EVENT_TYPE_EVENTFD) as number;
    if (result < 0) {
      closeSync(this.#fd);
      throw new ErrnoError('rbd_set_image_notification', -result);
    }
    this.#poll = koffi.node.poll(this.#fd, { readable: true }, () => this.#collect());
    this.#poll.unref();
  }

  /**
   * Reads `length` bytes at `offset` into the start of `into`, which must not be touched until the
   * promise settles.
   */
  read(offset: number, length: number, into: Buffer): Promise<void> {
    if (this.#closed) throw new Error('read after close');
    if (length > into.length) throw new RangeError('the buffer is too small');
    const out: [Pointer | null] = [null];
    const made = rbd().aioCreateCompletion(null, null, out) as number;
    if (made < 0) throw new ErrnoError('rbd_aio_create_completion', -made);
    const completion = out[0] as Pointer;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.set(completion, { into, length, resolve, reject });
    // A process that ends while a read is in flight crashes: the loop must wait for it.
    this.#poll.ref();
    const { handle } = this.image;
    const result = rbd().aioRead(handle, offset, length, into, completion, 0) as number;
    if (result < 0) {
      this.#forget(completion);
      reject(new ErrnoError('rbd_aio_read2', -result));
    }
    return promise;
  }

  #collect(): void {
    // Reset before looking: what finishes from now on sets it again.
    resetEventfd(this.#fd);
    for (;;) {
      const completions: (Pointer | null)[] = new Array(COMPLETIONS_AT_ONCE).fill(null);
      const count = rbd().pollIoEvents(
        this.image.handle,
        completions,
        COMPLETIONS_AT_ONCE,
      ) as number;
      for (let index = 0; index < count; index++) this.#finish(completions[index] as Pointer);
      if (count < COMPLETIONS_AT_ONCE) return;
    }
  }

  #finish(completion: Pointer): void {
    const request = this.#pending.get(completion);
    const result = Number(rbd().aioGetReturnValue(completion));
    this.#forget(completion);
    if (request === undefined) return;
    if (result < 0) request.reject(new ErrnoError('rbd_aio_read2', -result));
    else if (result !== request.length) request.reject(new ShortReadError(result, request.length));
    else request.resolve();
  }

  #forget(completion: Pointer): void {
    rbd().aioRelease(completion);
    this.#pending.delete(completion);
    if (this.#pending.size > 0) return;
    this.#poll.unref();
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Waits for the reads that are in flight, then closes the image. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    // 1. No new reads.
    this.#closed = true;
    // 2. librbd still writes into the buffers of those in flight.
    if (this.#pending.size > 0) await new Promise<void>((done) => this.#drained.push(done));
    // 3. Nothing may watch the eventfd any more when it is closed.
    this.#poll.close();
    // 4. The image still knows the eventfd, so the image goes first.
    try {
      await this.image[Symbol.asyncDispose]();
    } finally {
      closeSync(this.#fd);
    }
  }
}
