import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { EntryDetails } from '../../../core/entry.ts';
import type { Piece } from '../../../core/extent.ts';
import type { FileWriter } from '../../../core/tree.ts';
import type { BufferPool } from '../../../lib/buffer-pool.ts';
import { differingRuns } from '../compare.ts';
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
    const { buffer } = piece.lease;
    let written = present === 0 ? 0 : await writeDiffering(buffer, piece.offset, present, signal);
    if (present < piece.length) {
      await writeFully(buffer, present, piece.length - present, piece.offset + present);
      written += piece.length - present;
    }
    return written;
  }

  async function writeDiffering(
    buffer: Buffer,
    offset: number,
    length: number,
    signal: AbortSignal,
  ): Promise<number> {
    const lease = await pool.lease(signal);
    try {
      await readFully(lease.buffer, length, offset);
      let written = 0;
      for (const run of differingRuns(buffer, lease.buffer, length, recordSize, offset)) {
        await writeFully(buffer, run.start, run.length, offset + run.start);
        written += run.length;
      }
      return written;
    } finally {
      lease.release();
    }
  }

  async function readFully(into: Buffer, length: number, position: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const { bytesRead } = await readAt(file.fd, into, done, length - done, position + done);
      if (bytesRead === 0) throw new Error(`the file ends at ${position + done}`);
      done += bytesRead;
    }
  }

  async function writeFully(
    buffer: Buffer,
    start: number,
    length: number,
    position: number,
  ): Promise<void> {
    for (let done = 0; done < length; ) {
      const result = await writeAt(file.fd, buffer, start + done, length - done, position + done);
      if (result.bytesWritten === 0)
        throw new Error(`nothing could be written at ${position + done}`);
      done += result.bytesWritten;
    }
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
