import type { TLSSocket } from 'node:tls';
import { sinkBusy, TransportError } from '../errors.ts';
import { isClientName } from '../protocol/names.ts';
import type { Guest } from './guest.ts';
import type { SinkLimits } from './limits.ts';
import type { Refusals } from './refusals.ts';
import { refuseSocket } from './refuse.ts';
import type { SinkClient } from './sink-client.ts';

/** So many connections of those who may not come in are answered at once. */
const MAX_STRANGERS = 16;

/** Who is at the other end of each connection. */
export interface Connections {
  /** Takes a connection in, or ends it. */
  enter(socket: TLSSocket): void;
  /** The client of a connection. Throws a TransportError when it is none. */
  guestOf(socket: TLSSocket): Guest;
  /** The clients that have come since the start, and are still clients. */
  guests(): Iterable<Guest>;
  countOf(guest: Guest): number;
  /**
   * Looks anew at who the clients are. The connections of those that are none any more, or have another root, end;
   * they are returned, to be disposed of. The others are from now on what `clientOf` says.
   */
  review(): readonly Guest[];
}

export interface ConnectionsOptions {
  readonly limits: SinkLimits;
  /** Null when there is no such client. */
  readonly clientOf: (name: string) => SinkClient | null;
  readonly welcome: (name: string, client: SinkClient) => Guest;
  /** Where it is counted who was not let in. */
  readonly refused: Refusals;
}

export function createConnections({
  limits,
  clientOf,
  welcome,
  refused,
}: ConnectionsOptions): Connections {
  const guests = new Map<string, Guest>();
  /** Of each client; null for those of nobody. */
  const sockets = new Map<Guest | null, Set<TLSSocket>>();
  let all = 0;
  const known = new WeakMap<TLSSocket, Guest | TransportError>();

  function identify(socket: TLSSocket): Guest | TransportError {
    // A refusal is told in words: a handshake that fails says little, and often nothing.
    if (!socket.authorized) {
      refused.certificate++;
      return badCertificate(String(socket.authorizationError ?? 'none came'));
    }
    const { CN: name } = socket.getPeerCertificate().subject;
    const guest = isClientName(name) ? guestNamed(name) : null;
    if (guest !== null) return guest;
    refused.client++;
    return unknownClient(String(name));
  }

  function guestNamed(name: string): Guest | null {
    const there = guests.get(name);
    if (there !== undefined) return there;
    const client = clientOf(name);
    if (client === null) return null;
    const guest = welcome(name, client);
    guests.set(name, guest);
    return guest;
  }

  function limitOf(bucket: Guest | null): number {
    if (bucket === null) return MAX_STRANGERS;
    return bucket.client.connections ?? limits.connectionsOfClient;
  }

  function enter(socket: TLSSocket): void {
    const who = identify(socket);
    const bucket = who instanceof Error ? null : who;
    const others = sockets.get(bucket) ?? new Set();
    if (all >= limits.connections || others.size >= limitOf(bucket)) {
      if (bucket !== null) refused.busy++;
      turnAway(socket);
      return;
    }
    all++;
    sockets.set(bucket, others.add(socket));
    known.set(socket, who);
    socket.once('close', () => {
      all--;
      others.delete(socket);
    });
  }

  function review(): readonly Guest[] {
    const gone: Guest[] = [];
    for (const [name, guest] of guests) {
      const client = clientOf(name);
      if (client?.root === guest.client.root) {
        guest.become(client);
        continue;
      }
      guests.delete(name);
      for (const socket of sockets.get(guest) ?? []) socket.destroy();
      sockets.delete(guest);
      gone.push(guest);
    }
    return gone;
  }

  return {
    enter,
    guestOf(socket) {
      const who = known.get(socket);
      if (who === undefined) throw sinkBusy('connections');
      if (who instanceof Error) throw who;
      return who;
    },
    guests: () => guests.values(),
    countOf: (guest) => sockets.get(guest)?.size ?? 0,
    review,
  };
}

/** One connection too many: it is answered, and not read. */
function turnAway(socket: TLSSocket): void {
  refuseSocket(socket, sinkBusy('connections'));
  socket.destroySoon();
}

function badCertificate(reason: string): TransportError {
  return new TransportError({
    code: 'sink-certificate',
    message: `the sink does not accept the client's certificate: ${reason}`,
    retry: 'never',
    hint: "Give the client a certificate that is valid, and signed by the sink's `tls.ca`.",
  });
}

function unknownClient(name: string): TransportError {
  return new TransportError({
    code: 'client-unknown',
    message: `the sink has no client ${JSON.stringify(name.slice(0, 64))}, which is the certificate's name (CN)`,
    retry: 'never',
    hint: 'Add it to `sink.clients` there, or use the certificate of a client that is.',
  });
}
