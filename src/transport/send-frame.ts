import type { Writable } from 'node:stream';
import { encodeFrame, FRAME, type FrameToSend } from './protocol/frame.ts';

/** Sends frames over one connection, and counts them. */
export interface FrameSender {
  send(frame: FrameToSend): void;
  /** Tells that no more frames come. */
  end(): void;
}

export function createFrameSender(stream: Writable): FrameSender {
  let frames = 0;
  let isEnded = false;

  function send(frame: FrameToSend): void {
    if (isEnded || stream.destroyed) return;
    frames++;
    const [first, body] = encodeFrame(frame);
    if (first !== undefined) stream.write(first);
    if (body !== undefined) stream.write(body);
  }

  function end(): void {
    send({ type: FRAME.end, head: { frames } });
    isEnded = true;
    stream.end();
  }

  return { send, end };
}
