import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Pace } from '../../lib/pace.ts';
import { ByteReader } from '../byte-reader.ts';
import { invalidMessage } from '../errors.ts';
import { FRAME, type FrameToSend } from '../protocol/frame.ts';
import { type Frame, type PlaceFor, readFrames } from '../protocol/read-frames.ts';
import { FRAMES_PROTOCOL } from '../protocol/upgrade.ts';
import { ZSTD } from '../protocol/version.ts';
import type { Expand } from '../protocol/zstd.ts';
import { createFrameSender } from '../send-frame.ts';
import { failureFrame } from './desk.ts';
import { leave } from './leave.ts';
import type { SinkLimits } from './limits.ts';
import type { TransferSession } from './sessions.ts';

export interface ChannelOptions {
  readonly limits: SinkLimits;
  /** Of this client. */
  readonly pace: Pace | undefined;
  readonly expand: Expand;
  /** Told of bytes as they come. */
  readonly onBytes: (count: number) => void;
}

/** That a request with so long a body has arrived is said at once. */
const NOTED_BYTES = 64 * 1024;

/** From here on the connection is that of frames, in both directions. */
const SWITCH = [
  'HTTP/1.1 101 Switching Protocols',
  'connection: Upgrade',
  `upgrade: ${FRAMES_PROTOCOL}`,
  '\r\n',
].join('\r\n');

/** Serves one connection that carries requests of a transfer, until either side ends it. Never throws. */
export async function serveChannel(
  socket: Socket,
  { desk, work, traffic, features }: TransferSession,
  { limits: { heartbeatMs, silentMs }, pace, expand, onBytes }: ChannelOptions,
): Promise<void> {
  const sender = createFrameSender(socket);
  socket.write(SWITCH);
  const heartbeat = setInterval(() => sender.send({ type: FRAME.ping }), heartbeatMs);
  let received = 0;
  let isEnded = false;
  let endArrival = (): void => undefined;
  let answering: Promise<unknown> = Promise.resolve();

  function send(frame: FrameToSend): void {
    try {
      sender.send(frame);
    } catch (error) {
      // A reply that is too long for a frame.
      sender.send(failureFrame(frame.id ?? 0, error));
    }
  }

  function handle(frame: Frame): void {
    const { type, id } = frame;
    received++;
    if (isEnded) {
      frame.place?.release();
      throw invalidMessage('a frame came after the last one');
    }
    if (type === FRAME.request) {
      // How fast data arrives must not depend on when it is written.
      if (frame.body.length >= NOTED_BYTES) send({ type: FRAME.note, id });
      answering = Promise.all([answering, desk.take(frame, send)]);
    }
    if (type === FRAME.cancel) desk.cancel(id);
    if (type === FRAME.reply || type === FRAME.failure || type === FRAME.note) {
      throw invalidMessage('a client sends no replies');
    }
    if (type === FRAME.end) requireCount(frame.head, received);
    isEnded = type === FRAME.end;
  }

  const placeFor: PlaceFor = async (header, head) => {
    const isWanted = header.type === FRAME.request && !desk.isKnown(header.id);
    if (!isWanted) return null;
    const endBlock = traffic.begin('blocked');
    const place = await work.placeFor(header, head).finally(endBlock);
    endArrival = traffic.begin('arriving');
    return place;
  };

  function arrived(): void {
    endArrival();
    endArrival = () => undefined;
  }

  // A socket that listens for both kinds of addresses shows those of IPv4 within one of IPv6.
  traffic.address = socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? null;
  try {
    const reader = new ByteReader(socket, {
      silentMs,
      pace,
      onBytes(bytes) {
        traffic.receive(bytes);
        onBytes(bytes);
      },
    });
    const isPacked = features.includes(ZSTD);
    for await (const frame of readFrames(reader, placeFor, isPacked ? expand : null)) {
      arrived();
      handle(frame);
      // Who does not read what is answered is not listened to.
      if (socket.writableNeedDrain) await drained(socket, silentMs);
    }
    if (!isEnded) throw invalidMessage('the connection ended without its last frame');
    // The client has said all; what it asked for is still answered.
    await answering;
  } catch (error) {
    send(failureFrame(0, error));
  } finally {
    arrived();
    clearInterval(heartbeat);
    sender.end();
    leave(socket);
  }
}

function requireCount(head: unknown, received: number): void {
  const { frames } = (head ?? {}) as { readonly frames?: unknown };
  if (frames !== received) throw invalidMessage(`${received} frames came of ${String(frames)}`);
}

async function drained(socket: Socket, ms: number): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(ms)]);
  try {
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]);
  } finally {
    // Neither stays behind as a listener.
    over.abort();
  }
}
