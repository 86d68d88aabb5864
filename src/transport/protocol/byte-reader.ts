import { TransportError } from '../errors.ts';

const NO_BYTES = Buffer.alloc(0);

/** Takes exact numbers of bytes out of a stream of chunks, of which it holds one at a time. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = NO_BYTES;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
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
      await this.#need();
      const part = this.#cut(Math.min(this.#chunk.length, into.length - at));
      at += part.copy(into, at);
    }
  }

  /** Takes bytes that are looked at, and not kept. */
  async drop(count: number, look: (part: Buffer) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      await this.#need();
      const part = this.#cut(Math.min(this.#chunk.length, left));
      look(part);
      left -= part.length;
    }
  }

  /** Reads no further. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
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
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      const { buffer, byteOffset, length } = next.value;
      this.#chunk = Buffer.from(buffer, byteOffset, length);
    }
    return true;
  }
}
