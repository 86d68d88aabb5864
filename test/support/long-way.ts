import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A piece of network between a client and a sink on which everything takes its time, and nothing is slow. */
export interface LongWay extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went to the sink on each connection so far. */
  readonly passed: readonly number[];
}

/** `delayMs`: one way. */
export async function startLongWay(to: number, delayMs: number): Promise<LongWay> {
  const sockets = new Set<Socket>();
  const passed: number[] = [];

  function pass(from: Socket, into: Socket, onBytes: (count: number) => void): void {
    sockets.add(from);
    const later = (work: () => unknown) => setTimeout(() => into.destroyed || work(), delayMs);
    from.on('data', (chunk) => {
      onBytes(chunk.length);
      later(() => into.write(chunk));
    });
    from.on('end', () => later(() => into.end()));
    from.on('error', () => into.destroy());
    from.on('close', () => sockets.delete(from));
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    const index = passed.push(0) - 1;
    pass(near, far, (count) => {
      passed[index] = (passed[index] ?? 0) + count;
    });
    pass(far, near, () => undefined);
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
