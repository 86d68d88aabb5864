import { detailBlobs, packBlobs } from '../../core/blobs.ts';
import type { FileWriter } from '../../core/tree.ts';
import type { TreeRequests } from '../protocol/requests.ts';
import type { Transfer } from './transfer.ts';

const NEVER = new AbortController().signal;

/** A file that is open at the sink, under a number that this side gave it. */
export function createRemoteFile(
  transfer: Transfer<TreeRequests>,
  file: number,
  from: number,
): FileWriter {
  let isOpen = true;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    // What keeps it from being closed ends the whole transfer, and shows there.
    await transfer.ask('close-file', { file }, { signal: NEVER }).catch(() => undefined);
  }

  return {
    from,
    async write(piece, signal) {
      const { kind, offset, length } = piece;
      const body = kind === 'data' ? { body: piece.lease.buffer.subarray(0, length) } : {};
      try {
        const about = { file, kind, offset, length };
        return (await transfer.ask('write-file', about, { signal, ...body })).head.written;
      } finally {
        if (kind === 'data') piece.lease.release();
      }
    },
    async checkpoint(offset, signal) {
      await transfer.ask('checkpoint-file', { file, offset }, { signal });
    },
    async finish(details, signal) {
      const body = packBlobs(detailBlobs(details));
      await transfer.ask('finish-file', { file }, { signal, body });
    },
    [Symbol.asyncDispose]: close,
  };
}
