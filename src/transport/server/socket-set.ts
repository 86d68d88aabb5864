import type { Socket } from 'node:net';

/** The connections of a server, from the first byte on. */
export interface SocketSet {
  add(socket: Socket): void;
  /** Ends all, and from now on each that is added. */
  destroy(): void;
}

export function createSocketSet(): SocketSet {
  const sockets = new Set<Socket>();
  let isOver = false;
  return {
    add(socket) {
      if (isOver) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    destroy() {
      isOver = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
