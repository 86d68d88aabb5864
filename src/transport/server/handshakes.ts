import type { Socket } from 'node:net';

/** Connections that have not said yet who they are. */
export interface Handshakes {
  /** Takes one in. When there are too many, one of them is ended: see {@link victimOf}. */
  add(socket: Socket): void;
  /** One has said it; `socket` is the encrypted one over it. */
  remove(socket: Socket): void;
}

/** What is known of a connection that waits. */
export interface Peer {
  readonly address: string | undefined;
}

interface Waiting extends Peer {
  readonly socket: Socket;
}

/** Keeps no more than `limit` of them. */
export function createHandshakes(limit: number): Handshakes {
  const waiting = new Map<string, Waiting>();
  return {
    add(socket) {
      const key = keyOf(socket);
      const one = { socket, address: socket.remoteAddress };
      waiting.set(key, one);
      socket.once('close', () => {
        // The same address and port may have come again.
        if (waiting.get(key) === one) waiting.delete(key);
      });
      if (waiting.size > limit) victimOf([...waiting.values()])?.socket.destroy();
    },
    remove: (socket) => void waiting.delete(keyOf(socket)),
  };
}

/**
 * Which of too many is ended: the oldest from the address that has most of them. Who only wants to come in is through in
 * a moment, and comes from elsewhere than who keeps many waiting. They are in the order in which they came.
 */
export function victimOf<One extends Peer>(waiting: readonly One[]): One | undefined {
  const byAddress = Map.groupBy(waiting, ({ address }) => address);
  let most: readonly One[] = [];
  for (const some of byAddress.values()) if (some.length > most.length) most = some;
  return most[0];
}

/** Both the encrypted connection and that beneath it have the same address and port. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
