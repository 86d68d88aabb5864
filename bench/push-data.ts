import { randomFillSync } from 'node:crypto';
import { MAX_PIECE_BYTES, type Piece } from '../src/core/extent.ts';
import { type BufferPool, createBufferPool } from '../src/lib/buffer-pool.ts';
import { allocateAligned } from '../src/native/memory.ts';
import type { SinkClientOptions } from '../src/transport/client/options.ts';
import { createRemoteVolumes } from '../src/transport/client/sink.ts';
import type { SinkClient } from '../src/transport/server/sink-client.ts';
import { volumesIntoNothing } from './volumes-into-nothing.ts';

/** What benchmarks push: an image that lies in memory, of pieces that somebody fills, into nothing. */
const SOURCE = 'rbd/image';
const DATASET = `pool/${SOURCE}`;
const POOL_BUFFERS = 16;

/** A client of a sink that keeps nothing of what it is sent. */
export const KEEPS_NOTHING: SinkClient = {
  root: 'pool',
  canPrune: false,
  list: async () => [],
  volumes: () => volumesIntoNothing(SOURCE, DATASET),
  trees: () => {
    throw new Error('there are no trees');
  },
};

/** Memory with what cannot be compressed, made before anything is measured: to touch it for the first time takes time. */
export function randomPieces(): Buffer[] {
  return Array.from({ length: POOL_BUFFERS }, () =>
    randomFillSync(allocateAligned(MAX_PIECE_BYTES)),
  );
}

/** Pushes an image of so many bytes, that goes through the memory given; tells the seconds that its data took. */
export async function pushImage(
  options: SinkClientOptions,
  size: number,
  memory: readonly Buffer[],
  fill: (piece: Buffer, index: number) => void,
): Promise<number> {
  const { signal } = new AbortController();
  await using catalog = createRemoteVolumes(options);
  const snapshot = { name: 's1', id: '7', size, group: null, isProtected: false };
  const identity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' } as const;
  const about = { base: null, checkpoint: null, description: {}, compare: false };
  const order = { source: SOURCE, identity, snapshot, ...about };
  await using writer = await catalog.open(DATASET).begin(order, signal);
  const ready = [...memory];
  const allocate = (): Buffer => ready.pop() as Buffer;
  const pool = createBufferPool({ count: memory.length, bytes: MAX_PIECE_BYTES, allocate });
  const before = performance.now();
  await writer.apply(read(size, pool, fill, signal), { signal });
  return (performance.now() - before) / 1000;
}

async function* read(
  size: number,
  pool: BufferPool,
  fill: (piece: Buffer, index: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  for (let offset = 0; offset < size; offset += MAX_PIECE_BYTES) {
    const lease = await pool.lease(signal);
    const length = Math.min(MAX_PIECE_BYTES, size - offset);
    fill(lease.buffer.subarray(0, length), offset / MAX_PIECE_BYTES);
    yield { kind: 'data', offset, length, lease };
  }
}
