import type { TLSSocket } from 'node:tls';
import { sinkBusy, TransportError } from '../errors.ts';
import { isClientName } from '../protocol/names.ts';
import type { Guest } from './guest.ts';
import type { SinkLimits } from './limits.ts';

/** So many connections of those who may not come in are answered at once. */
const MAX_STRANGERS = 16;

/** Who is at the other end of each connection. */
export interface Connections {
  /** Takes a connection in, or ends it. */
  enter(socket: TLSSocket): void;
  /** The client of a connection. Throws a TransportError when it is none. */
  guestOf(socket: TLSSocket): Guest;
  /** The clients that have come since the start. */
  guests(): Iterable<Guest>;
}

/** `welcome` makes a guest of a client's name; null when there is no such client. */
export function createConnections(
  limits: SinkLimits,
  welcome: (name: string) => Guest | null,
): Connections {
  const guests = new Map<string, Guest>();
  /** Of each client; null for those of nobody. */
  const counts = new Map<Guest | null, number>();
  let all = 0;
  const known = new WeakMap<TLSSocket, Guest | TransportError>();

  function identify(socket: TLSSocket): Guest | TransportError {
    // A refusal is told in words: a handshake that fails says little, and often nothing.
    if (!socket.authorized) return badCertificate(String(socket.authorizationError ?? 'none came'));
    const { CN: name } = socket.getPeerCertificate().subject;
    if (!isClientName(name)) return unknownClient(String(name));
    const guest = guests.get(name) ?? welcome(name);
    if (guest === null) return unknownClient(name);
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
    const count = counts.get(bucket) ?? 0;
    if (all >= limits.connections || count >= limitOf(bucket)) {
      turnAway(socket);
      return;
    }
    all++;
    counts.set(bucket, count + 1);
    known.set(socket, who);
    socket.once('close', () => {
      all--;
      counts.set(bucket, (counts.get(bucket) ?? 1) - 1);
    });
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
  };
}

/** One connection too many: it is answered, and not read. */
function turnAway(socket: TLSSocket): void {
  const { message, code, retry, hint } = sinkBusy('connections');
  const json = JSON.stringify({ error: { code, message, retry, hint, causes: [] } });
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
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
