import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A piece of network between a client and a sink on which everything takes its time. */
export interface LongWay extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went to the sink on each connection so far. */
  readonly passed: readonly number[];
}

export interface LongWayOptions {
  /** One way. */
  readonly delayMs: number;
  /** The connection with this number, in the order in which they are made, gets no more than so many bytes a millisecond to the sink. */
  readonly slow?: { readonly connection: number; readonly bytesPerMs: number };
}

/** Starts one in front of whatever listens on a port of this machine. */
export async function startLongWay(
  to: number,
  { delayMs, slow }: LongWayOptions,
): Promise<LongWay> {
  const sockets = new Set<Socket>();
  const passed: number[] = [];

  function pass(from: Socket, into: Socket, msFor: (bytes: number) => number): void {
    sockets.add(from);
    /** When what came before has left. */
    let freeAt = 0;
    function later(bytes: number, work: () => unknown): void {
      const now = performance.now();
      freeAt = Math.max(now, freeAt) + msFor(bytes);
      setTimeout(() => into.destroyed || work(), freeAt - now + delayMs);
    }
    from.on('data', (chunk) => later(chunk.length, () => into.write(chunk)));
    from.on('end', () => later(0, () => into.end()));
    from.on('error', () => into.destroy());
    from.on('close', () => sockets.delete(from));
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    const index = passed.push(0) - 1;
    const msOfByte = slow?.connection === index ? 1 / slow.bytesPerMs : 0;
    pass(near, far, (bytes) => {
      passed[index] = (passed[index] ?? 0) + bytes;
      return bytes * msOfByte;
    });
    pass(far, near, () => 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    passed,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
