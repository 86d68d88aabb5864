import type { Arrived } from '../arriving.ts';
import { TransportError } from '../errors.ts';

const NO_BYTES = Buffer.alloc(0);

/** Takes exact numbers of bytes out of what arrives, of which it holds one part at a time. */
export class ByteReader {
  readonly #arrivals: AsyncIterator<Arrived>;
  #arrived: Arrived = [];
  /** Which of them is next. */
  #next = 0;
  #chunk: Buffer = NO_BYTES;

  constructor(arrivals: AsyncIterable<Arrived>) {
    this.#arrivals = arrivals[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; with `none`, null when the stream ends before the first of them. */
  async take(count: number): Promise<Buffer>;
  async take(count: number, atEnd: 'none'): Promise<Buffer | null>;
  async take(count: number, atEnd?: 'none'): Promise<Buffer | null> {
    if (count === 0) return NO_BYTES;
    if (atEnd === 'none' && !(await this.#more())) return null;
    if (this.#chunk.length >= count) return this.#cut(count);
    const bytes = Buffer.allocUnsafe(count);
    await this.fill(bytes);
    return bytes;
  }

  /** Fills memory with the next bytes. */
  async fill(into: Buffer): Promise<void> {
    for (let at = 0; at < into.length; ) {
      if (!this.#hasMore()) await this.#need();
      const part = this.#cut(Math.min(this.#chunk.length, into.length - at));
      at += part.copy(into, at);
    }
  }

  /** Takes bytes that are looked at, and not kept. */
  async drop(count: number, look: (part: Buffer) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      if (!this.#hasMore()) await this.#need();
      const part = this.#cut(Math.min(this.#chunk.length, left));
      look(part);
      left -= part.length;
    }
  }

  /** Reads no further. */
  async close(): Promise<void> {
    await this.#arrivals.return?.();
  }

  #cut(count: number): Buffer {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    return part;
  }

  async #need(): Promise<void> {
    if (await this.#more()) return;
    throw new TransportError({
      code: 'message-damaged',
      message: 'the connection ended within a frame',
      retry: 'reconnect',
    });
  }

  /** Whether there are bytes left. */
  async #more(): Promise<boolean> {
    while (!this.#hasMore()) {
      const next = await this.#arrivals.next();
      if (next.done === true) return false;
      this.#arrived = next.value;
      this.#next = 0;
    }
    return true;
  }

  /** Whether there are bytes that need not be waited for. */
  #hasMore(): boolean {
    while (this.#chunk.length === 0) {
      const chunk = this.#arrived[this.#next++];
      if (chunk === undefined) return false;
      this.#chunk = chunk;
    }
    return true;
  }
}
