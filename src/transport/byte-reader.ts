import { finished, type Readable } from 'node:stream';
import type { Pace } from '../lib/pace.ts';
import { TransportError } from './errors.ts';

export interface ByteReaderOptions {
  /** It fails when nothing comes for so many milliseconds, or a quarter more; the time in which nobody asks does not count. */
  readonly silentMs: number;
  /** Told how many bytes came, as they come. */
  readonly onBytes?: (count: number) => void;
  /** Nothing more is asked for before what came may go. */
  readonly pace?: Pace | undefined;
}

/** Bytes that are held when nobody asks for any; the network waits when there are more. */
const HELD_BYTES = 128 * 1024;

/** What comes at a pace, or is of no known length, or is only looked at, comes so many bytes at a time. */
const PART_BYTES = 64 * 1024;

/** So often it is looked, in the time of which one is silence, whether anything came: a timer for each wait is dear. */
const LOOKS = 4;

/** What somebody waits for. */
interface Wanted {
  readonly into: Buffer;
  at: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Takes exact numbers of bytes out of a stream. What comes while somebody waits for it goes straight to where it is
 * wanted: TLS gives 16 KiB at a time, and to wake somebody up for each of these takes more time than all that is done with
 * them. The stream is not destroyed: there may be something to say on the same connection.
 */
export class ByteReader {
  readonly #stream: Readable;
  readonly #options: ByteReaderOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  readonly #closed = new AbortController();
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wanted: Wanted | null = null;
  #end: { readonly error: Error | null } | null = null;
  #quietLooks = 0;

  constructor(stream: Readable, options: ByteReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.silentMs / LOOKS);
    this.#timer.unref();
    this.#forget = finished(stream, { writable: false }, (error) => {
      this.#end = { error: error ?? null };
      if (error) this.#closed.abort(error);
      this.#wanted?.done.resolve();
    });
    stream.on('data', this.#arrive);
  }

  /** Exactly so many bytes; with `none`, null when the stream ends before the first of them. */
  async take(count: number): Promise<Buffer>;
  async take(count: number, atEnd: 'none'): Promise<Buffer | null>;
  async take(count: number, atEnd?: 'none'): Promise<Buffer | null> {
    const bytes = Buffer.allocUnsafe(count);
    const came = await this.#come(bytes);
    if (came === 0 && count > 0 && atEnd === 'none') return null;
    requireAll(came, count);
    return bytes;
  }

  /** Fills memory with the next bytes. */
  async fill(into: Buffer): Promise<void> {
    requireAll(await this.#come(into), into.length);
  }

  /** Takes bytes that are looked at, and not kept. */
  async drop(count: number, look: (part: Buffer) => void): Promise<void> {
    const bytes = Buffer.allocUnsafe(Math.min(count, PART_BYTES));
    for (let left = count; left > 0; ) {
      const part = bytes.subarray(0, Math.min(left, bytes.length));
      await this.fill(part);
      look(part);
      left -= part.length;
    }
  }

  /** All that comes until the end; null when that is more than so many bytes. */
  async rest(most: number): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const part = Buffer.allocUnsafe(PART_BYTES);
      const came = await this.#come(part);
      parts.push(part.subarray(0, came));
      length += came;
      if (length > most) return null;
      if (came < part.length) return Buffer.concat(parts);
    }
  }

  /** Reads no further. */
  close(): void {
    clearInterval(this.#timer);
    this.#forget();
    this.#stream.off('data', this.#arrive);
    this.#stream.pause();
    this.#closed.abort(new Error('nobody reads any more'));
  }

  /** Fills memory as far as the stream goes; gives the number of bytes. */
  async #come(into: Buffer): Promise<number> {
    const { pace } = this.#options;
    if (pace === undefined) return this.#comeAtOnce(into);
    for (let at = 0; at < into.length; ) {
      const part = into.subarray(at, at + PART_BYTES);
      const came = await this.#comeAtOnce(part);
      at += came;
      await pace(came, this.#closed.signal);
      if (came < part.length) return at;
    }
    return into.length;
  }

  async #comeAtOnce(into: Buffer): Promise<number> {
    const wanted: Wanted = { into, at: 0, done: Promise.withResolvers() };
    while (this.#held.length > 0 && wanted.at < into.length) {
      const chunk = this.#held.shift() as Buffer;
      const rest = give(chunk, wanted);
      if (rest !== null) this.#held.unshift(rest);
      this.#heldBytes -= chunk.length - (rest?.length ?? 0);
    }
    if (wanted.at === into.length) return wanted.at;
    if (this.#end === null) {
      this.#wanted = wanted;
      this.#stream.resume();
      try {
        await wanted.done.promise;
      } finally {
        this.#wanted = null;
      }
    }
    if (wanted.at < into.length && this.#end?.error) throw this.#end.error;
    return wanted.at;
  }

  readonly #arrive = (chunk: Buffer): void => {
    this.#options.onBytes?.(chunk.length);
    this.#quietLooks = 0;
    const wanted = this.#wanted;
    const rest = wanted === null ? chunk : give(chunk, wanted);
    if (wanted !== null && wanted.at === wanted.into.length) {
      this.#wanted = null;
      wanted.done.resolve();
    }
    if (rest === null) return;
    this.#held.push(rest);
    this.#heldBytes += rest.length;
    if (this.#heldBytes >= HELD_BYTES) this.#stream.pause();
  };

  #look(): void {
    if (this.#wanted === null) this.#quietLooks = 0;
    else if (this.#quietLooks++ === LOOKS) this.#wanted.done.reject(this.#silence());
  }

  #silence(): TransportError {
    return new TransportError({
      code: 'sink-unreachable',
      message: `the other side has said nothing for ${this.#options.silentMs / 1000} s`,
      retry: 'backoff',
    });
  }
}

/** Copies what is wanted of a chunk; gives what is left of it, if anything is. */
function give(chunk: Buffer, wanted: Wanted): Buffer | null {
  const copied = chunk.copy(wanted.into, wanted.at);
  wanted.at += copied;
  return copied === chunk.length ? null : chunk.subarray(copied);
}

function requireAll(came: number, count: number): void {
  if (came === count) return;
  throw new TransportError({
    code: 'message-damaged',
    message: 'the connection ended within a frame',
    retry: 'reconnect',
  });
}
