import { crc32 } from 'node:zlib';
import type { ByteReader } from '../byte-reader.ts';
import { damagedMessage, invalidMessage } from '../errors.ts';
import {
  BEHIND_HEADER_BYTES,
  decodeBehindHeader,
  decodeHeader,
  type FrameHeader,
  type FrameType,
  HEADER_BYTES,
  headChecksum,
} from './frame.ts';
import type { Expand } from './zstd.ts';

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
 * The frames in what a reader takes. Never asks for more than one head, the one body that `placeFor` gave memory for,
 * and what `expand` needs; without that, no body may come compressed. Throws a
 * TransportError when the bytes are no frames (`message-invalid`), or not those that were sent (`message-damaged`, also
 * when they end within a frame).
 */
export async function* readFrames(
  reader: ByteReader,
  placeFor: PlaceFor,
  expand: Expand | null = null,
): AsyncGenerator<Frame, void, void> {
  try {
    for (;;) {
      const header = await reader.take(HEADER_BYTES, 'none');
      if (header === null) return;
      yield await readFrame(reader, header, placeFor, expand);
    }
  } finally {
    reader.close();
  }
}

async function readFrame(
  reader: ByteReader,
  bytes: Buffer,
  placeFor: PlaceFor,
  expand: Expand | null,
): Promise<Frame> {
  const header = decodeHeader(bytes);
  const { type, id, receipt, headBytes, bodyBytes, isCompressed } = header;
  if (isCompressed && expand === null) {
    throw invalidMessage('a body came compressed, which was not agreed on');
  }
  const behind = await reader.take(isCompressed ? BEHIND_HEADER_BYTES : 0);
  const compression = isCompressed ? decodeBehindHeader(behind, header) : null;
  const sentBytes = compression?.sentBytes ?? bodyBytes;
  const json = await reader.take(headBytes);
  const head = parseHead(json);
  const place = bodyBytes === 0 ? null : await placeFor(header, head);
  try {
    const body = place === null ? NO_BYTES : place.buffer.subarray(0, bodyBytes);
    let checksum = headChecksum(bytes, Buffer.concat([behind, json]));
    if (place === null) {
      await reader.drop(sentBytes, (part) => {
        checksum = crc32(part, checksum);
      });
    } else {
      // One that is compressed comes into the memory that it is expanded into: there is room, since it is shorter.
      const sent = body.subarray(0, sentBytes);
      await reader.fill(sent);
      checksum = crc32(sent, checksum);
    }
    if (checksum !== header.checksum) throw damaged();
    if (place !== null && compression !== null && expand !== null) {
      (await expand(body.subarray(0, sentBytes), bodyBytes)).copy(body);
      if (crc32(body) !== compression.checksum) throw damaged();
    }
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

function damaged(): Error {
  return damagedMessage('the checksum of a frame does not fit its bytes');
}
