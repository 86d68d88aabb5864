import type { Piece } from '../../core/extent.ts';
import type { ApplyOptions, ApplyProgress, VolumeOrder, VolumeWriter } from '../../core/volume.ts';
import { createWindow } from '../../lib/window.ts';
import { VOLUME_REQUESTS, type VolumeRequests } from '../protocol/requests.ts';
import { agree } from './agree.ts';
import { newId } from './caller.ts';
import { type Remote, relativeName } from './catalog.ts';
import { openTransfer, type Transfer } from './transfer.ts';

const NEVER = new AbortController().signal;

/** Opens the transfer of an image to a sink. */
export async function beginVolume(
  remote: Remote,
  dataset: string,
  order: VolumeOrder,
  signal: AbortSignal,
): Promise<VolumeWriter> {
  const session = newId();
  const { told, packer } = await agree(remote, signal);
  const begun = await remote.caller.call(
    'begin-volume',
    {
      on: { kind: 'volumes' },
      dataset: await relativeName(remote, dataset, signal),
      session,
      lock: remote.locks.get(order.source) ?? null,
      order,
      ...told,
    },
    signal,
  );
  const { pieces, requests: requestsAtOnce, blockSize } = begun;
  const requests = VOLUME_REQUESTS;
  const about = { remote, requests, session, pieces, requestsAtOnce, packer };
  const transfer = await openTransfer(about);
  return createVolumeWriter(transfer, blockSize, pieces);
}

function createVolumeWriter(
  transfer: Transfer<VolumeRequests>,
  blockSize: number,
  width: number,
): VolumeWriter {
  let applies = 0;

  async function apply(
    pieces: AsyncIterable<Piece>,
    { signal, onProgress, onCheckpoint }: ApplyOptions,
  ): Promise<ApplyProgress> {
    const apply = applies++;
    const window = createWindow(width);
    let told = 0;
    const stop = (): void =>
      void transfer.ask('stop', { apply }, { signal: NEVER }).catch(() => undefined);

    async function send(piece: Piece, n: number): Promise<void> {
      const { kind, offset, length } = piece;
      const body = kind === 'data' ? { body: piece.lease.buffer.subarray(0, length) } : {};
      try {
        const about = { apply, n, kind, offset, length };
        const { head } = await transfer.ask('piece', about, { signal: NEVER, ...body });
        tell(head);
      } finally {
        if (kind === 'data') piece.lease.release();
      }
    }

    function tell({
      checkpoint,
      ...progress
    }: ApplyProgress & { checkpoint?: number | undefined }) {
      // Replies of several connections may overtake each other.
      if (progress.bytesDone >= told) onProgress?.(progress);
      told = Math.max(told, progress.bytesDone);
      if (checkpoint !== undefined) onCheckpoint?.(checkpoint);
    }

    signal.throwIfAborted();
    // Pieces are stopped all together: one that is missing would keep the others waiting.
    signal.addEventListener('abort', stop, { once: true });
    try {
      let count = 0;
      try {
        for await (const piece of pieces) {
          try {
            signal.throwIfAborted();
            await window.add(() => send(piece, count++));
          } catch (error) {
            if (piece.kind === 'data') piece.lease.release();
            throw error;
          }
        }
      } catch (error) {
        stop();
        throw error;
      } finally {
        // Also after a failure: buffers that are being sent must not be given back early.
        await window.drain();
      }
      const { head } = await transfer.ask('finish', { apply, count }, { signal });
      tell(head);
      const { bytesDone, bytesWritten } = head;
      return { bytesDone, bytesWritten };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    blockSize,
    apply,
    async holds(offset, body, signal) {
      const { head } = await transfer.ask('holds', { offset }, { signal, body });
      return head.holds;
    },
    commit: (signal) => transfer.commit(null, signal),
    [Symbol.asyncDispose]: () => transfer[Symbol.asyncDispose](),
  };
}
