import type { VolumeOrder, VolumeWriter } from '../../core/volume.ts';
import { invalidMessage } from '../errors.ts';
import { VOLUME_REQUESTS } from '../protocol/requests.ts';
import { Apply } from './apply.ts';
import { endedSession } from './desk.ts';
import type { TransferMemory } from './memory.ts';
import type { PieceRange } from './piece-queue.ts';
import { createPlaces } from './places.ts';
import { type Admit, dispatch, type Work } from './work.ts';

export interface VolumeWorkOptions {
  readonly writer: VolumeWriter;
  readonly order: VolumeOrder;
  readonly memory: TransferMemory;
}

/** Its requests without data have no bodies. */
const NOTHING_TO_ADMIT: Admit = async () => () => undefined;

/** The transfer of an image, as requests ask for it. */
export function createVolumeWork({ writer, order, memory }: VolumeWorkOptions): Work {
  const { blockSize } = writer;
  const size = Math.max(1, Math.ceil(order.snapshot.size / blockSize)) * blockSize;
  const closing = new AbortController();
  let apply: Apply | undefined;
  /** By those before it. */
  let writtenBefore = 0;

  /** The writing of pieces that a request is about: that which goes on, or the next one. */
  function applyOf(index: number): Apply {
    if (apply?.index === index) return apply;
    const next = apply === undefined ? 0 : apply.index + 1;
    if (index !== next || apply?.isOver === false) {
      throw invalidMessage(`there is no writing of pieces ${index}`);
    }
    writtenBefore += apply?.bytesWritten ?? 0;
    apply = new Apply(index, writer, memory.pieces);
    return apply;
  }

  function requireInside(offset: number, length: number): void {
    if (offset % blockSize === 0 && offset + length <= size) return;
    throw invalidMessage(
      `${length} bytes at ${offset} are not whole blocks of a volume of ${size} bytes`,
    );
  }

  function requireIdle(): void {
    if (apply?.isOver === false) throw invalidMessage('pieces are still being written');
  }

  const perform = dispatch(
    VOLUME_REQUESTS,
    {
      async piece({ apply: index, n, ...range }, { body, place }) {
        let current: Apply;
        try {
          requireInside(range.offset, range.length);
          requireBody(range, body);
          current = applyOf(index);
        } catch (error) {
          place?.release();
          throw error;
        }
        await current.queue.put(n, range, place);
        return { head: current.tell() };
      },
      async finish({ apply: index, count }) {
        const current = applyOf(index);
        await current.finish(count);
        return { head: current.tell() };
      },
      async stop({ apply: index }) {
        await applyOf(index).stop();
        return {};
      },
      async holds({ offset }, { body, place, signal }) {
        try {
          requireInside(offset, body.length);
          return { head: { holds: await writer.holds(offset, body, signal) } };
        } finally {
          place?.release();
        }
      },
    },
    NOTHING_TO_ADMIT,
  );

  return {
    placeFor: createPlaces(VOLUME_REQUESTS, memory, null, closing.signal),
    perform,
    bytesWritten: () => writtenBefore + (apply?.bytesWritten ?? 0),
    async commit(_scan, signal) {
      requireIdle();
      return writer.commit(signal);
    },
    async stop() {
      closing.abort(endedSession());
      await apply?.stop();
    },
    close: async () => writer[Symbol.asyncDispose](),
  };
}

/** The body of a piece of data is all of it, that of a piece of zeros is empty. */
export function requireBody({ kind, length }: PieceRange, body: Buffer): void {
  if (body.length === (kind === 'data' ? length : 0)) return;
  throw invalidMessage(`${length} bytes of ${kind} came with a body of ${body.length}`);
}
