import { Readable } from 'node:stream';
import { zstdCompressSync } from 'node:zlib';
import { ByteReader } from '../../src/transport/byte-reader.ts';
import { encodeFrame, FRAME, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import { type Frame, readFrames } from '../../src/transport/protocol/read-frames.ts';
import { type Expand, expandBody } from '../../src/transport/protocol/zstd.ts';
import type { Random } from './random.ts';

export function bytesOf(frames: readonly FrameToSend[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => encodeFrame(frame)));
}

export function requestOf(id: number, head: object, body?: Buffer, receipt = 1): FrameToSend {
  return { type: FRAME.request, id, receipt, head, ...(body ? { body } : {}) };
}

/** What is told of a request, or of the connection (0). */
export function codes(frames: readonly Frame[]): readonly (readonly [number, string])[] {
  return frames
    .filter(({ type }) => type === FRAME.failure)
    .map(({ id, body }) => [id, (JSON.parse(body.toString()) as { code: string }).code]);
}

/** Cuts bytes into chunks, as a network may. */
export function* chunksOf(bytes: Buffer, lengths: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.max(1, lengths());
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** What came of a stream of bytes. */
export interface Decoded {
  readonly frames: readonly Frame[];
  readonly error: unknown;
  /** Memory for bodies that was asked for, in bytes at once. */
  readonly peak: number;
  /** Of that memory, how much was not given back, apart from that of the frames. */
  readonly leaked: number;
}

/**
 * Reads the frames that there are. Bodies of frames with odd numbers are dropped when `drop` is set; without `expand`,
 * none may come compressed.
 */
export async function decode(
  chunks: Iterable<Buffer>,
  drop = false,
  expand: Expand | null = expandBody,
): Promise<Decoded> {
  const frames: Frame[] = [];
  let lent = 0;
  let peak = 0;
  let error: unknown = null;
  const reader = new ByteReader(Readable.from(chunks, { objectMode: false }), { silentMs: 60_000 });
  try {
    const placeFor = async ({ id, bodyBytes }: { id: number; bodyBytes: number }) => {
      if (drop && id % 2 === 1) return null;
      lent += bodyBytes;
      peak = Math.max(peak, lent);
      return { buffer: Buffer.alloc(bodyBytes), release: () => void (lent -= bodyBytes) };
    };
    const reading = readFrames(reader, placeFor, expand);
    for await (const frame of reading) {
      frames.push(frame);
      frame.place?.release();
    }
  } catch (caught) {
    error = caught;
  }
  return { frames, error, peak, leaked: lent };
}

/** A frame with its body compressed. */
export function compressed(frame: FrameToSend & { readonly body: Uint8Array }): FrameToSend {
  return { ...frame, compressed: zstdCompressSync(frame.body) };
}

/** A frame of any kind, small enough that many are made; now and then it is compressed. */
export function randomFrame(random: Random): FrameToSend {
  const id = random.between(0, 40);
  const receipt = random.between(0, id);
  const body = Buffer.alloc(random.pick([0, 0, 1, 30, 200]), random.between(0, 255));
  const type = random.pick(Object.values(FRAME));
  const head = random.pick([null, { do: 'piece', apply: 0, n: id }, 'text', [1, null], { ü: 'ä' }]);
  const frame = { type, id, receipt, body, ...(head === null ? {} : { head }) };
  return body.length >= 30 && random.next() < 0.5 ? compressed(frame) : frame;
}
