import type { Socket } from 'node:net';

/** The connections of a server, from the first byte on. */
export interface SocketSet {
  add(socket: Socket): void;
  /** Ends those that are there. */
  destroyAll(): void;
  /** Ends all, and from now on each that is added. */
  close(): void;
}

export function createSocketSet(): SocketSet {
  const sockets = new Set<Socket>();
  let isOver = false;

  function destroyAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    add(socket) {
      if (isOver) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    destroyAll,
    close() {
      isOver = true;
      destroyAll();
    },
  };
}
