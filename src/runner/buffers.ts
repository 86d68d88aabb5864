import { MAX_PIECE_BYTES } from '../core/extent.ts';
import { type BufferPool, createBufferPool } from '../lib/buffer-pool.ts';
import { allocateAligned } from '../native/memory.ts';
import { type MemorySplit, splitMemory } from './memory.ts';

/** The buffers of one run, each with room for one piece. */
export interface RunBuffers {
  /** How many there are for what. */
  readonly split: MemorySplit;
  /** For what is on its way from the source to the target. */
  readonly copying: BufferPool;
  /** For what is read of the target, to compare. */
  readonly comparing: BufferPool;
}

/**
 * Buffers for direct I/O that together stay within the job's bound on memory (bytes). `comparesHere`: whether what the
 * target has is read here, to compare; a sink does it by itself, in its own memory.
 */
export function createBuffers(memory: number, comparesHere = true): RunBuffers {
  const split = splitMemory(memory, MAX_PIECE_BYTES, comparesHere);
  const pool = (count: number) =>
    createBufferPool({ count, bytes: MAX_PIECE_BYTES, allocate: allocateAligned });
  return { split, copying: pool(split.copying), comparing: pool(split.comparing) };
}
