import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { invalidMessage } from '../errors.ts';
import { INSTANCE, INSTANCE_HEADER } from '../protocol/instance.ts';

/** Which processes of a client have a connection. */
export class Presence {
  readonly #sockets = new Map<string, Set<Socket>>();
  readonly #known = new WeakMap<Socket, string>();

  /** The process that a request comes from; null when it does not say. Throws a TransportError when it is none. */
  see({ headers, socket }: IncomingMessage): string | null {
    const instance = headers[INSTANCE_HEADER];
    if (instance === undefined) return null;
    const known = this.#known.get(socket) ?? instance;
    if (typeof instance !== 'string' || !INSTANCE.test(instance) || instance !== known) {
      throw invalidMessage(`${INSTANCE_HEADER} is not what it was, or not what it should be`);
    }
    if (!this.#known.has(socket)) this.#add(instance, socket);
    return instance;
  }

  has(instance: string): boolean {
    return this.#sockets.has(instance);
  }

  #add(instance: string, socket: Socket): void {
    const sockets = this.#sockets.get(instance) ?? new Set();
    this.#sockets.set(instance, sockets.add(socket));
    this.#known.set(socket, instance);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#sockets.delete(instance);
    });
  }
}
