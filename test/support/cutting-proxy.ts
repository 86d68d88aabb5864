import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A piece of network between a client and a sink that can be broken. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were made so far. */
  readonly made: number;
  /** Breaks all connections at once, as a reset does. */
  cut(): void;
  /** From now on nothing passes, on old connections and new ones, and nobody is told; or everything does again. */
  setBlackhole(isOn: boolean): void;
}

export async function startCuttingProxy(to: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let isBlackhole = false;
  let made = 0;

  function pass(from: Socket, into: Socket): void {
    sockets.add(from);
    from.on('data', (chunk) => {
      // What was lost on the way is never sent again here: the connection is of no use any more.
      if (!isBlackhole) into.write(chunk);
    });
    from.on('end', () => void (isBlackhole || into.end()));
    from.on('error', () => into.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (!isBlackhole) into.destroy();
    });
  }

  const server = createServer((near) => {
    made++;
    const far = connect(to, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    cut,
    setBlackhole(isOn) {
      isBlackhole = isOn;
    },
    async [Symbol.asyncDispose]() {
      isBlackhole = false;
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
