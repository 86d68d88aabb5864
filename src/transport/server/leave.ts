import type { IncomingMessage } from 'node:http';

/** How long a peer may take to read why it is refused, in milliseconds. */
const LEAVE_MS = 1000;

/**
 * Ends a connection whose last answer is on its way. What still comes on it is dropped meanwhile: were it closed with
 * something unread, the peer might never see the answer.
 */
export function leave(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), LEAVE_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}
