import { MAX_PIECE_BYTES } from '../../core/extent.ts';
import { createBudget } from '../../lib/budget.ts';
import { createBufferPool } from '../../lib/buffer-pool.ts';
import { sinkBusy } from '../errors.ts';
import type { Place } from '../protocol/read-frames.ts';
import { shareOf, type Wish } from './share.ts';

/** The memory of a sink for what its clients send, in buffers that each have room for a piece. */
export interface SinkMemory {
  /**
   * Sets memory aside for a transfer of a client, whoever that is. Nobody else gets it before the transfer has
   * given it back: what is lent by one transfer to another could be missing just when it is needed to go on, since pieces
   * are written in order. Throws a TransportError (`sink-busy`) when there is not enough.
   */
  grant(client: object, wish: Wish): TransferMemory;
}

/** The memory of one transfer. Disposing of it gives it back, once nothing of it is in use any more. */
export interface TransferMemory extends Disposable {
  /** Buffers for data. */
  readonly pieces: number;
  /** One of them; waits until one is free. */
  lease(signal: AbortSignal): Promise<Place>;
}

export interface SinkMemoryOptions {
  /** Bytes in all; what does not make a whole piece is left out. */
  readonly bytes: number;
  /** Memory as the targets want it for data. */
  readonly allocate: (bytes: number) => Buffer;
}

export function createSinkMemory({ bytes, allocate }: SinkMemoryOptions): SinkMemory {
  const total = Math.floor(bytes / MAX_PIECE_BYTES);
  const pool = createBufferPool({ count: total, bytes: MAX_PIECE_BYTES, allocate });
  const owned = new Map<object, number>();

  function hold(client: object, change: number): void {
    const own = (owned.get(client) ?? 0) + change;
    if (own === 0) owned.delete(client);
    else owned.set(client, own);
  }

  function grant(client: object, wish: Wish): TransferMemory {
    const held = [...owned.values()].reduce((sum, own) => sum + own, 0);
    const pieces = shareOf({ total, held, own: owned.get(client) ?? 0 }, wish);
    if (pieces === null) throw sinkBusy('transfers');
    const size = pieces + wish.beside;
    const permits = createBudget(pieces);
    let isOver = false;
    hold(client, size);

    /** A buffer may be in use longer than its transfer: a connection is still filling it. */
    function settle(): void {
      if (isOver && permits.left === pieces) hold(client, -size);
    }

    return {
      pieces,
      async lease(signal) {
        const giveBack = await permits.take(1, signal);
        // There is one: no more are permitted than there are.
        const lent = await pool.lease(new AbortController().signal);
        return {
          buffer: lent.buffer,
          release() {
            lent.release();
            giveBack();
            settle();
          },
        };
      },
      [Symbol.dispose]() {
        if (isOver) return;
        isOver = true;
        settle();
      },
    };
  }

  return { grant };
}
