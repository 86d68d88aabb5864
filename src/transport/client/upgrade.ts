import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** What a request for an upgraded connection is answered with: that connection, or why there is none. */
export type UpgradeAnswer = { readonly socket: Socket } | { readonly refusal: IncomingMessage };

/** Waits for the answer to a request that was sent. Throws what the connection failed with, or the signal's reason. */
export async function answerToUpgrade(
  sent: ClientRequest,
  signal: AbortSignal,
): Promise<UpgradeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeAnswer>();
  const abort = (): void => void sent.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  sent.on('error', reject);
  sent.on('response', (refusal) => resolve({ refusal }));
  sent.on('upgrade', (_, socket, early) => {
    // What breaks from now on shows in what is read.
    socket.on('error', () => undefined);
    // The request's, which is over.
    socket.setTimeout(0);
    if (early.length > 0) socket.unshift(early);
    resolve({ socket });
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
