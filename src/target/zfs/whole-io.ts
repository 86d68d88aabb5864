import type { BufferPool } from '../../lib/buffer-pool.ts';
import { differingRuns } from './compare.ts';

/** An open file or device, as its handle reads and writes it: less than was asked for, now and then. */
export interface OpenBytes {
  read(
    into: Buffer,
    start: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    from: Buffer,
    start: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** Reads exactly `length` bytes to the start of `into`; that there are fewer is an error. */
export async function readFully(
  opened: OpenBytes,
  into: Buffer,
  length: number,
  position: number,
): Promise<void> {
  for (let done = 0; done < length; ) {
    const { bytesRead } = await opened.read(into, done, length - done, position + done);
    if (bytesRead === 0) throw new Error(`nothing could be read at ${position + done}`);
    done += bytesRead;
  }
}

/** Writes exactly `length` bytes of `from`, which begin at its `start`. */
export async function writeFully(
  opened: OpenBytes,
  from: Buffer,
  start: number,
  length: number,
  position: number,
): Promise<void> {
  for (let done = 0; done < length; ) {
    const { bytesWritten } = await opened.write(from, start + done, length - done, position + done);
    if (bytesWritten === 0) throw new Error(`nothing could be written at ${position + done}`);
    done += bytesWritten;
  }
}

export interface DifferingOptions {
  /** Bytes of a block; a run that is written begins and ends at such borders. */
  readonly blockSize: number;
  /** Buffers for reading what is there. */
  readonly pool: BufferPool;
  readonly signal: AbortSignal;
}

/**
 * Brings `length` bytes at `position`, which must be there already, to what `from` begins with, and writes
 * only the blocks that differ. Returns the bytes that were written.
 */
export async function writeDiffering(
  opened: OpenBytes,
  from: Buffer,
  length: number,
  position: number,
  { blockSize, pool, signal }: DifferingOptions,
): Promise<number> {
  const lease = await pool.lease(signal);
  try {
    await readFully(opened, lease.buffer, length, position);
    let written = 0;
    for (const run of differingRuns(from, lease.buffer, length, blockSize, position)) {
      await writeFully(opened, from, run.start, run.length, position + run.start);
      written += run.length;
    }
    return written;
  } finally {
    lease.release();
  }
}
