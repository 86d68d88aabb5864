import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { reportError } from '../../core/errors.ts';
import { WITHOUT_LIMIT } from '../../lib/pace.ts';
import { invalidMessage } from '../errors.ts';
import { isCallName } from '../protocol/calls.ts';
import type { TlsFiles } from '../tls.ts';
import { answerCall } from './answer-call.ts';
import { createConnections } from './connections.ts';
import { createExpander } from './expander.ts';
import { Guest } from './guest.ts';
import { createHandshakes } from './handshakes.ts';
import { leave } from './leave.ts';
import { SINK_LIMITS, type SinkLimits } from './limits.ts';
import { createSinkMemory } from './memory.ts';
import { serveChannel } from './serve-channel.ts';
import type { SinkClient } from './sink-client.ts';
import { createSocketSet } from './socket-set.ts';

export interface SinkOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly tls: TlsFiles;
  /** What a client may do, by the name in its certificate; null when there is no such client. */
  readonly clientOf: (name: string) => SinkClient | null;
  /** Memory as the targets want it for data. */
  readonly allocate: (bytes: number) => Buffer;
  readonly limits?: Partial<SinkLimits>;
}

/** A sink that listens. Disposing of it ends all connections, and leaves all targets at rest. */
export interface Sink extends AsyncDisposable {
  readonly port: number;
}

const MAX_HEADER_BYTES = 8 * 1024;

/** Connections that are being told that they are too many. */
const SPARE_CONNECTIONS = 64;

const CHANNEL = /^\/v1\/sessions\/([0-9a-f]{32})$/;
const CALL = /^\/v1\/([a-z-]+)$/;

/** Listens for clients that push. */
export async function serveSink(options: SinkOptions): Promise<Sink> {
  const { tls, allocate, clientOf } = options;
  const limits = { ...SINK_LIMITS, ...options.limits };
  const memory = createSinkMemory({ bytes: limits.memory, allocate });
  const expand = createExpander(limits.expansions);
  const connections = createConnections(limits, (name) => {
    const client = clientOf(name);
    return client === null ? null : new Guest(name, client, limits);
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const guest = connections.guestOf(request.socket as TLSSocket);
    const { method, url = '' } = request;
    const session = CHANNEL.exec(url)?.[1];
    if (method === 'POST' && session !== undefined) {
      const transfer = guest.sessions.get(session, 'transfer');
      const release = guest.sessions.hold(session);
      const pace = guest.client.pace ?? WITHOUT_LIMIT;
      await serveChannel(request, response, transfer, pace, limits, expand);
      release();
      return;
    }
    const name = CALL.exec(url)?.[1] ?? '';
    if (method !== 'POST' || !isCallName(name)) throw invalidMessage('there is no such call');
    await answerCall(name, request, response, { guest, limits, memory });
  }

  const server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.3',
      requestCert: true,
      // It is looked at for each connection: see `createConnections`.
      rejectUnauthorized: false,
      handshakeTimeout: limits.arrivalMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.arrivalMs,
      // How often it is looked whether that time is over.
      connectionsCheckingInterval: limits.arrivalMs / 4,
      // The bodies of calls have a limit of their own; those of transfers go on for hours.
      requestTimeout: 0,
      keepAliveTimeout: limits.sessionMs,
    },
    (request, response) => {
      // That a peer is gone shows where it is read from or waited for.
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      handle(request, response).catch((error: unknown) => refuse(request, response, error));
    },
  );
  // Node drops what is more without a word: it is the last resort.
  server.maxConnections = limits.connections + limits.handshakes + SPARE_CONNECTIONS;
  const handshakes = createHandshakes(limits.handshakes);
  const sockets = createSocketSet();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    handshakes.add(socket);
  });
  server.on('secureConnection', (socket) => {
    handshakes.remove(socket);
    connections.enter(socket);
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // Also those that are still in their handshake: a client would go on with a sink that is no more.
      sockets.destroy();
      await Promise.all([...connections.guests()].map((guest) => guest[Symbol.asyncDispose]()));
      await closed;
    },
  };
}

const STATUS: Readonly<Record<string, number>> = {
  'sink-certificate': 403,
  'client-unknown': 403,
  'session-lost': 404,
  'sink-busy': 503,
};

/** Answers what is no call. The connection ends with it: what else comes on it cannot be told apart. */
function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const report = reportError(error);
  const json = JSON.stringify({ error: report });
  response.writeHead(STATUS[report.code] ?? 400, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    connection: 'close',
  });
  response.end(json);
  leave(request);
}
