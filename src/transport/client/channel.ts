import type { Socket } from 'node:net';
import type { BusyRate } from '../../lib/busy-rate.ts';
import { ByteReader } from '../byte-reader.ts';
import { invalidMessage } from '../errors.ts';
import { FRAME, type FrameToSend } from '../protocol/frame.ts';
import { type Frame, readFrames } from '../protocol/read-frames.ts';
import { createFrameSender, type FrameSender } from '../send-frame.ts';
import type { Http } from './http.ts';
import { type Backlog, watchBacklog } from './watch-backlog.ts';

export interface ChannelOptions {
  readonly http: Http;
  /** Id of the transfer. */
  readonly session: string;
  readonly heartbeatMs: number;
  /** Told of what waits to be sent; null when nobody wants to know. */
  readonly meter: BusyRate | null;
  /** It can be sent on, or sent on again. */
  readonly onReady: () => void;
  readonly onFrame: (frame: Frame) => void;
  /** It is over; with what it failed, or null when that was asked for. Called once. */
  readonly onClose: (error: unknown) => void;
}

/** One connection that carries requests of a transfer. */
export interface Channel {
  /** Whether there is a connection. */
  readonly isOpen: boolean;
  /** Whether more can be sent without piling up. */
  readonly isReady: boolean;
  send(frame: FrameToSend): void;
  /** Ends it in good order. */
  end(): void;
  /** Breaks it off: nothing that was given to {@link send} is in use any more. */
  destroy(reason: Error): void;
}

/** What there is once the sink has let the connection in. */
interface Opened {
  readonly socket: Socket;
  readonly sender: FrameSender;
  readonly backlog: Backlog | null;
}

export function openChannel(options: ChannelOptions): Channel {
  const { http, session, heartbeatMs, meter, onReady, onFrame, onClose } = options;
  const { silentMs } = http.patience;
  const opening = new AbortController();
  let opened: Opened | null = null;
  let received = 0;

  async function run(): Promise<void> {
    const socket = await http.upgrade(`/v1/sessions/${session}`, opening.signal);
    // It may have been broken off just when it was there.
    if (opening.signal.aborted) socket.destroy(opening.signal.reason as Error);
    const sender = createFrameSender(socket);
    const backlog = meter === null ? null : watchBacklog(socket, meter);
    const heartbeat = setInterval(() => sender.send({ type: FRAME.ping }), heartbeatMs);
    opened = { socket, sender, backlog };
    try {
      socket.on('drain', onReady);
      onReady();
      await read(socket);
    } finally {
      opened = null;
      clearInterval(heartbeat);
      backlog?.close();
      // Not before nothing of it is in use any more.
      socket.destroy();
    }
  }

  async function read(socket: Socket): Promise<void> {
    let isEnded = false;
    for await (const frame of readFrames(new ByteReader(socket, { silentMs }), bodyPlace)) {
      received++;
      if (isEnded) throw invalidMessage('a frame came after the last one');
      if (frame.type === FRAME.end) requireCount(frame.head, received);
      else if (frame.type !== FRAME.ping) onFrame(frame);
      isEnded = frame.type === FRAME.end;
    }
    if (!isEnded) throw new Error('the connection ended');
  }

  run().then(
    () => onClose(null),
    (error: unknown) => onClose(error),
  );

  return {
    get isOpen() {
      return opened !== null;
    },
    get isReady() {
      return opened !== null && !opened.socket.writableNeedDrain;
    },
    send(frame) {
      opened?.sender.send(frame);
      opened?.backlog?.look();
    },
    end: () => opened?.sender.end(),
    destroy(reason) {
      opening.abort(reason);
      opened?.socket.destroy(reason);
    },
  };
}

/** Replies have small bodies: the sink is bound to that by what a request asks for. */
const bodyPlace: Parameters<typeof readFrames>[1] = async ({ bodyBytes }) => ({
  buffer: Buffer.allocUnsafe(bodyBytes),
  release: () => undefined,
});

function requireCount(head: unknown, received: number): void {
  const { frames } = (head ?? {}) as { readonly frames?: unknown };
  if (frames !== received) throw invalidMessage(`${received} frames came of ${String(frames)}`);
}
