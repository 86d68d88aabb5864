import type { FileHandle } from 'node:fs/promises';
import type { Piece } from '../../core/extent.ts';
import type { TargetSnapshot } from '../../core/target.ts';
import type { ApplyOptions, ApplyProgress, VolumeOrder, VolumeWriter } from '../../core/volume.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import { createWindow } from '../../lib/window.ts';
import { blkDiscard } from '../../native/libc.ts';
import { writePiece } from './block-writer.ts';
import { createCheckpointer } from './checkpointer.ts';
import { takeSnapshot } from './command.ts';
import { commitProperties } from './record.ts';
import type { RewoundTo } from './rewind.ts';
import { readFully } from './whole-io.ts';
import { writeError } from './write-error.ts';
import { hide } from './zvol.ts';

/** When to take a checkpoint: at whichever comes first. */
export interface CheckpointPolicy {
  readonly everyMs: number;
  readonly everyBytes: number;
}

export interface ZvolWriterOptions {
  readonly dataset: string;
  readonly order: VolumeOrder;
  readonly device: FileHandle;
  readonly blockSize: number;
  /** Size of the volume in bytes. */
  readonly size: number;
  readonly from: RewoundTo;
  readonly pool: BufferPool;
  readonly parallel: number;
  readonly checkpoint: CheckpointPolicy;
}

/** Writes one transfer into an open zvol, and commits it. */
export async function createZvolWriter(options: ZvolWriterOptions): Promise<VolumeWriter> {
  const { dataset, order, device, blockSize, pool } = options;
  let open = true;

  async function apply(
    pieces: AsyncIterable<Piece>,
    { signal, onProgress, onCheckpoint }: ApplyOptions,
  ): Promise<ApplyProgress> {
    const window = createWindow(options.parallel);
    const checkpointer = createCheckpointer(options);
    const compare = order.compare ? pool : null;
    // A full transfer goes to an empty volume, and stays below the checkpoint when it continues.
    const fresh = order.base === null;
    let bytesTaken = 0;
    let bytesDone = 0;
    let bytesWritten = 0;

    async function write(piece: Piece): Promise<void> {
      const how = { device, blockSize, fresh, compare, signal };
      const written = await writePiece(piece, how).catch((error: unknown) => {
        signal.throwIfAborted();
        return writeError(dataset, piece, error);
      });
      // Not `+= await`: that would add to what the sum was before the others that run meanwhile.
      bytesWritten += written;
      bytesDone += piece.length;
      onProgress?.({ bytesDone, bytesWritten });
    }

    try {
      for await (const piece of pieces) {
        try {
          if (checkpointer.isDue(piece.offset, bytesTaken)) {
            await window.drain();
            await checkpointer.take(piece.offset, bytesTaken, signal);
            onCheckpoint?.(piece.offset);
          }
          await window.add(() => write(piece));
        } catch (error) {
          if (piece.kind === 'data') piece.lease.release();
          throw error;
        }
        bytesTaken += piece.length;
      }
    } finally {
      // Also after a failure: buffers that are being written must not be given back early.
      await window.drain();
    }
    return { bytesDone, bytesWritten };
  }

  async function holds(offset: number, bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    const lease = await pool.lease(signal);
    try {
      await readFully(device, lease.buffer, bytes.length, offset);
      return lease.buffer.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
    } finally {
      lease.release();
    }
  }

  async function close(): Promise<void> {
    if (!open) return;
    open = false;
    await device.close();
    await hide(dataset);
  }

  async function commit(signal: AbortSignal): Promise<TargetSnapshot> {
    signal.throwIfAborted();
    // A snapshot takes what has reached the pool, not what a cache still holds.
    await device.sync().catch((error: unknown) => writeError(dataset, null, error));
    await close();
    const { source, identity, snapshot, base, description } = order;
    const { name, id, size } = snapshot;
    const about = { name, id };
    const record = { source, identity, snapshot: about, size, base, description, scan: null };
    await takeSnapshot(dataset, name, commitProperties(record), signal);
    return { name, record };
  }

  if (options.from.wipe) {
    try {
      await blkDiscard(device.fd, 0, options.size);
    } catch (error) {
      await close();
      await writeError(dataset, null, error);
    }
  }

  return { blockSize, apply, holds, commit, [Symbol.asyncDispose]: close };
}
