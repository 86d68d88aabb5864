import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** How long a peer may take to read why it is refused, in milliseconds. */
const LEAVE_MS = 1000;

/**
 * Ends a connection, by itself or by a request on it, whose last answer is on its way. What still comes on it is dropped
 * meanwhile: were it closed with something unread, the peer might never see the answer.
 */
export function leave(stream: IncomingMessage | Socket): void {
  const isRead = 'complete' in stream ? stream.complete : stream.readableEnded;
  if (isRead || stream.destroyed) return;
  stream.resume();
  const timer = setTimeout(() => stream.destroy(), LEAVE_MS);
  timer.unref();
  stream.once('close', () => clearTimeout(timer));
}
