import { type BufferLease, type Extent, MAX_PIECE_BYTES, type Piece } from '../core/extent.ts';
import type { BufferPool } from '../lib/buffer-pool.ts';
import type { Pace } from '../lib/pace.ts';

/** A discard is cut too, so that progress shows and a cancelled run ends soon. */
const MAX_ZERO_BYTES = 1024 * 1024 * 1024;

const ZEROS = Buffer.alloc(MAX_PIECE_BYTES);

/**
 * Cuts ranges into pieces. The cuts lie at multiples of the piece's size, where the objects of an
 * image usually end, so that one read rarely needs two objects.
 */
export function* cutExtents(extents: Iterable<Extent>): Generator<Extent> {
  for (const { kind, offset, length } of extents) {
    const step = kind === 'data' ? MAX_PIECE_BYTES : MAX_ZERO_BYTES;
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const next = Math.min(end, Math.floor(at / step) * step + step);
      yield { kind, offset: at, length: next - at };
      at = next;
    }
  }
}

/** What pieces are read from: an image's snapshot, or a file. See `VolumeSnapshot.read`. */
export interface Readable {
  read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void>;
}

export interface ReadOptions {
  readonly pool: BufferPool;
  /** Reads in flight. */
  readonly depth: number;
  readonly signal: AbortSignal;
  /** Waited for before each read. */
  readonly pace: Pace;
  /** Told of each read's bytes. */
  readonly onRead?: (bytes: number) => void;
}

/**
 * Reads the ranges and yields pieces in their order, with several reads in flight. A piece that
 * turns out to be zeros throughout becomes a zero piece. Whoever takes a data piece releases its lease.
 */
export async function* readPieces(
  source: Readable,
  extents: Iterable<Extent>,
  options: ReadOptions,
): AsyncGenerator<Piece> {
  const cuts = cutExtents(extents);
  const reading: Promise<Piece>[] = [];
  try {
    for (;;) {
      fill(reading, cuts, (cut) => readPiece(source, cut, options), options.depth);
      const head = reading.shift();
      if (head === undefined) return;
      yield await head;
    }
  } finally {
    // The buffers of the reads that nobody will take must not be given back before the reads end.
    for (const result of await Promise.allSettled(reading)) {
      if (result.status === 'fulfilled' && result.value.kind === 'data') {
        result.value.lease.release();
      }
    }
  }
}

function fill(
  reading: Promise<Piece>[],
  cuts: Generator<Extent>,
  start: (cut: Extent) => Promise<Piece>,
  depth: number,
): void {
  while (reading.length < depth) {
    const next = cuts.next();
    if (next.done === true) return;
    const piece = start(next.value);
    // It may fail before its turn comes; then it is not unhandled, only not yet awaited.
    piece.catch(() => undefined);
    reading.push(piece);
  }
}

async function readPiece(
  source: Readable,
  { kind, offset, length }: Extent,
  { pool, signal, pace, onRead }: ReadOptions,
): Promise<Piece> {
  if (kind === 'zero') return { kind, offset, length };
  const lease: BufferLease = await pool.lease(signal);
  try {
    await pace(length, signal);
    await source.read(offset, length, lease.buffer, signal);
  } catch (error) {
    lease.release();
    throw error;
  }
  onRead?.(length);
  if (lease.buffer.compare(ZEROS, 0, length, 0, length) !== 0) {
    return { kind, offset, length, lease };
  }
  lease.release();
  return { kind: 'zero', offset, length };
}
