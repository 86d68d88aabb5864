import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createPace } from '../../src/lib/pace.ts';

/** A piece of network between a client and a sink that is only so fast, for all connections together. */
export interface SlowLink extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went to the sink so far. */
  readonly passed: number;
}

/** So often each connection waits: timers are too coarse for single chunks. */
const BURSTS_PER_SECOND = 50;

/** `bytesPerSecond`: of what goes to the sink; null for no limit. Replies pass as they come. */
export async function startSlowLink(
  to: number,
  bytesPerSecond: number | null = null,
): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const closing = new AbortController();
  const pace = createPace(() => bytesPerSecond);
  let passed = 0;

  async function* slowly(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let unpaced = 0;
    for await (const chunk of chunks) {
      passed += chunk.length;
      unpaced += chunk.length;
      if (bytesPerSecond !== null && unpaced >= bytesPerSecond / BURSTS_PER_SECOND) {
        await pace(unpaced, closing.signal);
        unpaced = 0;
      }
      yield chunk;
    }
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(near).add(far);
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    pipeline(near, slowly, far).catch(cut);
    pipeline(far, near).catch(cut);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get passed() {
      return passed;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      closing.abort();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
