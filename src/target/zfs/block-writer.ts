import type { FileHandle } from 'node:fs/promises';
import type { Piece } from '../../core/extent.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import { blkDiscard } from '../../native/libc.ts';
import { writeDiffering, writeFully } from './whole-io.ts';

/** An open block device, written in whole blocks with direct I/O. */
export interface BlockWriterOptions {
  readonly device: FileHandle;
  /** All offsets are multiples of this, in bytes; itself a multiple of 4096. */
  readonly blockSize: number;
  /** Skip what would be zeroed: the volume is known to hold nothing there. */
  readonly fresh: boolean;
  /** Buffers to read the device into, to write only what differs; null to write all. */
  readonly compare: BufferPool | null;
  readonly signal: AbortSignal;
}

/**
 * Writes one piece and gives its lease back. Returns the bytes that were written; zeros are
 * discarded, and count as none.
 */
export async function writePiece(piece: Piece, options: BlockWriterOptions): Promise<number> {
  if (piece.kind === 'zero') {
    if (!options.fresh) await discard(piece.offset, piece.length, options);
    return 0;
  }
  try {
    return await writeData(piece.lease.buffer, piece.offset, piece.length, options);
  } finally {
    piece.lease.release();
  }
}

async function discard(offset: number, length: number, options: BlockWriterOptions): Promise<void> {
  // OpenZFS silently leaves the ragged edges of a discard as they are, so there must be none.
  const whole = roundUp(length, options.blockSize);
  await blkDiscard(options.device.fd, offset, whole);
}

async function writeData(
  buffer: Buffer,
  offset: number,
  length: number,
  options: BlockWriterOptions,
): Promise<number> {
  // The image may end within a block of the volume: the rest of the block is zeros.
  const whole = roundUp(length, options.blockSize);
  buffer.fill(0, length, whole);
  const { device, blockSize, compare, signal } = options;
  if (compare !== null) {
    return writeDiffering(device, buffer, whole, offset, { blockSize, pool: compare, signal });
  }
  await writeFully(device, buffer, 0, whole, offset);
  return whole;
}

export function roundUp(bytes: number, block: number): number {
  return Math.ceil(bytes / block) * block;
}
