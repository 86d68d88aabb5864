import { crc32 } from 'node:zlib';
import { invalidMessage, TransportError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import {
  decodeHeader,
  type FrameHeader,
  type FrameType,
  HEADER_BYTES,
  headChecksum,
} from './frame.ts';

/** Memory for a frame's body: at least as long as the body, and given back exactly once. */
export interface Place {
  readonly buffer: Buffer;
  release(): void;
}

/** A frame that came whole. */
export interface Frame {
  readonly type: FrameType;
  readonly id: number;
  readonly receipt: number;
  /** What its head's JSON is; undefined when there is none. */
  readonly head: unknown;
  /** In the memory of {@link place}; empty when there was none for it. */
  readonly body: Buffer;
  /** What the body lies in. Whoever takes the frame gives it back. Null for a frame without a body, or a dropped one. */
  readonly place: Place | null;
}

/**
 * Where the body of a frame goes, decided once its head is there; null to drop it. What it waits for, the sender
 * waits for too. The head is not proved to be undamaged yet.
 */
export type PlaceFor = (header: FrameHeader, head: unknown) => Promise<Place | null>;

const NO_BYTES = Buffer.alloc(0);

/**
 * The frames of a stream of bytes. Never holds more than one of the stream's chunks, one head, and the one body that
 * `placeFor` gave memory for. Throws a TransportError when the bytes are no frames (`message-invalid`), or not those
 * that were sent (`message-damaged`, also when they end within a frame).
 */
export async function* readFrames(
  chunks: AsyncIterable<Uint8Array>,
  placeFor: PlaceFor,
): AsyncGenerator<Frame, void, void> {
  const reader = new ByteReader(chunks);
  try {
    for (;;) {
      const header = await reader.take(HEADER_BYTES, 'none');
      if (header === null) return;
      yield await readFrame(reader, header, placeFor);
    }
  } finally {
    await reader.close();
  }
}

async function readFrame(reader: ByteReader, bytes: Buffer, placeFor: PlaceFor): Promise<Frame> {
  const header = decodeHeader(bytes);
  const { type, id, receipt, headBytes, bodyBytes } = header;
  const json = await reader.take(headBytes);
  const head = parseHead(json);
  const place = bodyBytes === 0 ? null : await placeFor(header, head);
  try {
    const body = place === null ? NO_BYTES : place.buffer.subarray(0, bodyBytes);
    let checksum = headChecksum(bytes, json);
    if (place === null) {
      await reader.drop(bodyBytes, (part) => {
        checksum = crc32(part, checksum);
      });
    } else {
      await reader.fill(body);
      checksum = crc32(body, checksum);
    }
    if (checksum !== header.checksum) throw damaged();
    return { type, id, receipt, head, body, place };
  } catch (error) {
    place?.release();
    throw error;
  }
}

function parseHead(json: Buffer): unknown {
  if (json.length === 0) return undefined;
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw invalidMessage('the head of a frame is no JSON', cause);
  }
}

function damaged(): TransportError {
  return new TransportError({
    code: 'message-damaged',
    message: 'the checksum of a frame does not fit its bytes',
    retry: 'reconnect',
    hint: 'If it happens again, test the memory of both machines.',
  });
}
