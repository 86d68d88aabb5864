import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { EntryDetails } from '../../../core/entry.ts';
import type { Piece } from '../../../core/extent.ts';
import type { FileWriter } from '../../../core/tree.ts';
import type { BufferPool } from '../../../lib/buffer-pool.ts';
import { type OpenBytes, writeDiffering, writeFully } from '../whole-io.ts';
import type { OpenedFile } from './large-file.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

export interface FileWriterOptions {
  readonly file: OpenedFile;
  /** Bytes of a block of the filesystem. */
  readonly recordSize: number;
  /** Buffers for reading what is there. */
  readonly pool: BufferPool;
  /** Makes the operator's error of a failed call. */
  readonly explain: (error: unknown) => unknown;
  /** Makes a range a hole; its size stays. */
  punch(offset: number, length: number, signal: AbortSignal): Promise<void>;
  checkpoint(offset: number, signal: AbortSignal): Promise<void>;
  /** Closes the file in any case. */
  finish(details: EntryDetails): Promise<void>;
  close(): void;
}

/** Brings one file to what its entry says, piece by piece. */
export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { file, recordSize, pool, explain } = options;
  const bytes: OpenBytes = {
    read: (into, ...range) => readAt(file.fd, into, ...range),
    write: (from, ...range) => writeAt(file.fd, from, ...range),
  };
  let open = true;
  /** While these go on, the file may not be closed: another would get its number, and their bytes. */
  const writing = new Set<Promise<number>>();

  async function writePiece(piece: Piece, signal: AbortSignal): Promise<number> {
    // What the file had beyond this was nothing, also when later pieces were written meanwhile.
    const present = Math.max(0, Math.min(piece.length, file.size - piece.offset));
    if (piece.kind === 'zero') {
      if (present > 0) await options.punch(piece.offset, present, signal);
      return 0;
    }
    const { offset, length, lease } = piece;
    const how = { blockSize: recordSize, pool, signal };
    let written =
      present === 0 ? 0 : await writeDiffering(bytes, lease.buffer, present, offset, how);
    if (present < length) {
      await writeFully(bytes, lease.buffer, present, length - present, offset + present);
      written += length - present;
    }
    return written;
  }

  return {
    from: file.from,
    async write(piece, signal) {
      try {
        signal.throwIfAborted();
        if (!open) throw new Error('the file is closed');
        const work = writePiece(piece, signal);
        writing.add(work);
        return await work.finally(() => writing.delete(work));
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error);
      } finally {
        if (piece.kind === 'data') piece.lease.release();
      }
    },
    checkpoint: (offset, signal) => options.checkpoint(offset, signal),
    async finish(details, signal) {
      signal.throwIfAborted();
      if (!open) throw new Error('the file is closed');
      open = false;
      await Promise.allSettled(writing);
      await options.finish(details);
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await Promise.allSettled(writing);
      options.close();
    },
  };
}
