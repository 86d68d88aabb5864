import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { BusyRate } from '../../lib/busy-rate.ts';
import { ByteReader } from '../byte-reader.ts';
import { invalidMessage } from '../errors.ts';
import { FRAME, type FrameToSend } from '../protocol/frame.ts';
import { type Frame, readFrames } from '../protocol/read-frames.ts';
import { createFrameSender } from '../send-frame.ts';
import type { Http } from './http.ts';
import { readAnswer } from './read-answer.ts';
import { watchBacklog } from './watch-backlog.ts';

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

export function openChannel(options: ChannelOptions): Channel {
  const { http, session, heartbeatMs, meter, onReady, onFrame, onClose } = options;
  const { silentMs } = http.patience;
  const sent = http.stream(`/v1/sessions/${session}`);
  const sender = createFrameSender(sent);
  const backlog = meter === null ? null : watchBacklog(sent, meter);
  const heartbeat = setInterval(() => sender.send({ type: FRAME.ping }), heartbeatMs);
  let isOpen = false;
  let received = 0;

  async function run(): Promise<void> {
    sent.on('drain', onReady);
    sent.setTimeout(silentMs, () => {
      if (!isOpen) sent.destroy(new Error(`no connection within ${silentMs / 1000} s`));
    });
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    // What breaks from now on shows in what is read.
    sent.on('error', () => undefined);
    if (response.statusCode !== 200) {
      await readAnswer(response, http.url.host, silentMs);
      throw invalidMessage(`status ${response.statusCode} without an error`);
    }
    isOpen = true;
    onReady();
    await read(response);
  }

  async function read(response: IncomingMessage): Promise<void> {
    let isEnded = false;
    for await (const frame of readFrames(new ByteReader(response, { silentMs }), bodyPlace)) {
      received++;
      if (isEnded) throw invalidMessage('a frame came after the last one');
      if (frame.type === FRAME.end) requireCount(frame.head, received);
      else if (frame.type !== FRAME.ping) onFrame(frame);
      isEnded = frame.type === FRAME.end;
    }
    if (!isEnded) throw new Error('the connection ended');
  }

  run().then(
    () => close(null),
    (error: unknown) => close(error),
  );

  function close(error: unknown): void {
    isOpen = false;
    clearInterval(heartbeat);
    backlog?.close();
    // Not before nothing of it is in use any more.
    sent.on('error', () => undefined);
    sent.destroy();
    onClose(error);
  }

  return {
    get isOpen() {
      return isOpen;
    },
    get isReady() {
      return isOpen && !sent.writableNeedDrain;
    },
    send(frame) {
      sender.send(frame);
      backlog?.look();
    },
    end: () => sender.end(),
    destroy: (reason) => void sent.destroy(reason),
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
