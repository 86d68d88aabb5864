import { crc32 } from 'node:zlib';
import { invalidMessage } from '../errors.ts';
import { MAX_BODY_BYTES, MAX_HEAD_BYTES } from './limits.ts';

/** What a frame is, by the number that it has on the wire. */
export const FRAME = {
  /** From the client: do something. */
  request: 1,
  /** From the sink: it is done. */
  reply: 2,
  /** From the sink: it cannot be done; the head is the error. Number 0: the connection cannot go on. */
  failure: 3,
  /** From the sink: it is still being done. */
  note: 4,
  /** From the client: stop doing it. The reply still comes. */
  cancel: 5,
  /** I am still here. */
  ping: 6,
  /** No more frames come on this connection; the head says how many there were. */
  end: 7,
} as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** Bytes before a frame's head. */
export const HEADER_BYTES = 28;

/** Bytes behind the header of a frame whose body comes compressed. */
export const BEHIND_HEADER_BYTES = 8;

/** Where in the header its checksum is. */
const CHECKSUM_AT = 24;

/** The body comes compressed. */
const COMPRESSED = 1;

/** What comes before a frame's head and body. */
export interface FrameHeader {
  readonly type: FrameType;
  /** Bytes of JSON. */
  readonly headBytes: number;
  /** Of the body as it is, not as it comes. */
  readonly bodyBytes: number;
  /** Whether it comes compressed; then there is more behind the header. */
  readonly isCompressed: boolean;
  /** Of the request that it is about; 0 for none. */
  readonly id: number;
  /** From the client: all replies to requests with lower numbers than this have arrived. */
  readonly receipt: number;
  readonly checksum: number;
}

/** What is told of a body that comes compressed. */
export interface Compression {
  /** In how many bytes it comes. */
  readonly sentBytes: number;
  /** CRC-32 of the body as it is. */
  readonly checksum: number;
}

export interface FrameToSend {
  readonly type: FrameType;
  readonly id?: number;
  readonly receipt?: number;
  /** JSON; without one, the head is empty. */
  readonly head?: unknown;
  readonly body?: Uint8Array;
  /** What the body comes as, when it is compressed: shorter than it. */
  readonly compressed?: Uint8Array | undefined;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * A frame as it goes over the wire: header and head in one piece, then the body, which is not copied. TLS already
 * guards the bytes on the wire; the checksum goes further, from the memory in which they were read to that from
 * which they are written, where a CRC of 32 bits finds each error of a few bits and misses others once in four
 * thousand million. A compressed body has one more, over what was compressed: it vouches for both compressors too.
 * Throws a TransportError when the head or the body is too long.
 */
export function encodeFrame(frame: FrameToSend): readonly Buffer[] {
  const { type, id = 0, receipt = 0 } = frame;
  const json = frame.head === undefined ? '' : JSON.stringify(frame.head);
  const headBytes = Buffer.byteLength(json);
  const body = frame.body === undefined ? NO_BYTES : asBuffer(frame.body);
  const compressed = frame.compressed === undefined ? null : asBuffer(frame.compressed);
  requireLengths(headBytes, body.length);
  const headAt = HEADER_BYTES + (compressed === null ? 0 : BEHIND_HEADER_BYTES);
  const first = Buffer.allocUnsafe(headAt + headBytes);
  first.writeUInt8(type, 0);
  first.writeUInt8(compressed === null ? 0 : COMPRESSED, 1);
  first.writeUInt16LE(headBytes, 2);
  first.writeUInt32LE(body.length, 4);
  first.writeBigUInt64LE(BigInt(id), 8);
  first.writeBigUInt64LE(BigInt(receipt), 16);
  if (compressed !== null) {
    first.writeUInt32LE(compressed.length, HEADER_BYTES);
    first.writeUInt32LE(crc32(body), HEADER_BYTES + 4);
  }
  first.write(json, headAt);
  const sent = compressed ?? body;
  first.writeUInt32LE(checksumOf(first, first.subarray(HEADER_BYTES), sent), CHECKSUM_AT);
  return sent.length === 0 ? [first] : [first, sent];
}

/** The header of a frame. Throws a TransportError when it is none, or tells of more bytes than a frame may have. */
export function decodeHeader(bytes: Buffer): FrameHeader {
  const type = bytes.readUInt8(0);
  if (!isFrameType(type)) throw invalidMessage(`no frame has the type ${type}`);
  const flags = bytes.readUInt8(1);
  if (flags > COMPRESSED) throw invalidMessage(`no frame has the flags ${flags}`);
  const headBytes = bytes.readUInt16LE(2);
  const bodyBytes = bytes.readUInt32LE(4);
  requireLengths(headBytes, bodyBytes);
  const id = safeNumber(bytes.readBigUInt64LE(8));
  const receipt = safeNumber(bytes.readBigUInt64LE(16));
  const checksum = bytes.readUInt32LE(CHECKSUM_AT);
  return { type, headBytes, bodyBytes, isCompressed: flags === COMPRESSED, id, receipt, checksum };
}

/** What is behind the header of a compressed body. Throws a TransportError when that comes in no fewer bytes than it has. */
export function decodeBehindHeader(bytes: Buffer, { bodyBytes }: FrameHeader): Compression {
  const sentBytes = bytes.readUInt32LE(0);
  if (sentBytes > 0 && sentBytes < bodyBytes) return { sentBytes, checksum: bytes.readUInt32LE(4) };
  throw invalidMessage(`a body of ${bodyBytes} bytes comes compressed in ${sentBytes}`);
}

/** Over the header without its checksum, what lies between it and the body, and the body as it comes. */
export function checksumOf(header: Buffer, between: Buffer, body: Buffer): number {
  return crc32(body, headChecksum(header, between));
}

/** Of what comes before the body. */
export function headChecksum(header: Buffer, between: Buffer): number {
  return crc32(between, crc32(header.subarray(0, CHECKSUM_AT)));
}

function isFrameType(type: number): type is FrameType {
  return type >= FRAME.request && type <= FRAME.end;
}

function requireLengths(headBytes: number, bodyBytes: number): void {
  if (headBytes > MAX_HEAD_BYTES) throw tooLong('head', headBytes, MAX_HEAD_BYTES);
  if (bodyBytes > MAX_BODY_BYTES) throw tooLong('body', bodyBytes, MAX_BODY_BYTES);
}

function tooLong(part: string, bytes: number, limit: number): Error {
  return invalidMessage(`the ${part} of a frame has ${bytes} bytes, more than ${limit}`);
}

function safeNumber(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) throw invalidMessage(`no request has the number ${value}`);
  return Number(value);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
