import type { Piece } from '../../core/extent.ts';
import { invalidMessage } from '../errors.ts';
import type { Place } from '../protocol/read-frames.ts';

/** A piece without the memory that its data lies in. */
export interface PieceRange {
  readonly kind: Piece['kind'];
  readonly offset: number;
  readonly length: number;
}

interface Queued {
  readonly piece: Piece;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Puts the pieces of several connections into their order. It holds no more of them than there are buffers, and a
 * buffer is free for the next one: the client sends none that is further ahead than that.
 */
export class PieceQueue {
  readonly #width: number;
  readonly #waiting = new Map<number, Queued>();
  #next = 0;
  #count: number | undefined;
  /** Where the last piece ended. */
  #end = 0;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  /** `width`: how many pieces the client may have under way. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Takes the n-th piece, from 0. Resolves when it is dealt with, and its memory is free again. */
  async put(n: number, range: PieceRange, place: Place | null): Promise<void> {
    const problem = this.#problemOf(n, range, place);
    if (problem !== null) {
      place?.release();
      throw problem;
    }
    const done = Promise.withResolvers<void>();
    this.#waiting.set(n, { piece: pieceOf(range, place, done), done });
    this.#wake();
    await done.promise;
  }

  /** There are so many pieces, and no more. */
  finish(count: number): void {
    if (count < this.#next + this.#waiting.size) throw invalidMessage('there are more pieces');
    this.#count = count;
    this.#wake();
  }

  /** Nobody takes pieces any more. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { piece, done } of this.#waiting.values()) {
      done.reject(error);
      if (piece.kind === 'data') piece.lease.release();
    }
    this.#waiting.clear();
    this.#wake();
  }

  async *pieces(): AsyncGenerator<Piece, void, void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const next = this.#waiting.get(this.#next);
      if (next !== undefined) {
        this.#requireAscending(next.piece);
        this.#waiting.delete(this.#next++);
        yield next.piece;
        // Who asks for another one has taken this one; memory is given back in its own time.
        if (next.piece.kind === 'zero') next.done.resolve();
      } else if (this.#next === this.#count) {
        return;
      } else {
        await this.#changed.promise;
      }
    }
  }

  #problemOf(n: number, { kind, length }: PieceRange, place: Place | null): unknown {
    if (this.#failure !== undefined) return this.#failure.error;
    if (n < this.#next || this.#waiting.has(n)) return invalidMessage(`piece ${n} came before`);
    if (n >= this.#next + this.#width) return invalidMessage(`piece ${n} comes too early`);
    if (this.#count !== undefined && n >= this.#count) return invalidMessage('one piece too many');
    if ((kind === 'data') !== (place !== null)) {
      return invalidMessage(`a piece of ${length} bytes of ${kind} has the wrong body`);
    }
    return null;
  }

  #requireAscending({ offset, length }: Piece): void {
    if (offset < this.#end) throw invalidMessage('the pieces are not in ascending order');
    this.#end = offset + length;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function pieceOf(
  { offset, length }: PieceRange,
  place: Place | null,
  done: PromiseWithResolvers<void>,
): Piece {
  if (place === null) return { kind: 'zero', offset, length };
  const lease = {
    buffer: place.buffer,
    release(): void {
      place.release();
      done.resolve();
    },
  };
  return { kind: 'data', offset, length, lease };
}
