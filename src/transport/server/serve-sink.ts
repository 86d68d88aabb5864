import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { createYoungCollector } from '../../lib/young-garbage.ts';
import { invalidMessage, TransportError } from '../errors.ts';
import { type CallName, isCallName } from '../protocol/calls.ts';
import { FRAMES_PROTOCOL } from '../protocol/upgrade.ts';
import type { TlsFiles } from '../tls.ts';
import { answerCall } from './answer-call.ts';
import { createConnections } from './connections.ts';
import { createExpander } from './expander.ts';
import { Guest } from './guest.ts';
import { createHandshakes } from './handshakes.ts';
import { leave } from './leave.ts';
import { SINK_LIMITS, type SinkLimits } from './limits.ts';
import { createSinkMemory } from './memory.ts';
import { noRefusals } from './refusals.ts';
import { refuseRequest, refuseSocket } from './refuse.ts';
import { serveChannel } from './serve-channel.ts';
import type { SinkClient } from './sink-client.ts';
import { createSocketSet } from './socket-set.ts';
import { type SinkState, stateOf } from './state.ts';

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
  /** What goes on at this moment. */
  state(): SinkState;
  /**
   * Shows and believes something else from the next connection on. When other certificates are believed than before, all
   * connections end: who may still come in comes again, and its transfers go on. Throws what OpenSSL says when the files
   * cannot be used; then nothing has changed.
   */
  setTls(tls: TlsFiles): void;
  /**
   * Looks anew at who the clients are (`clientOf`). Those that are none any more, or have another root, lose their
   * connections and all that they hold; resolves when their targets are at rest. The others notice at their next calls.
   */
  review(): Promise<void>;
  /** Begins no transfers any more, and waits until those that go on have ended, or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

/** How often it is looked whether the last transfer has ended, in milliseconds. */
const DRAIN_LOOK_MS = 100;
/** Calls by which a client begins something that goes on. */
const BEGINNINGS: readonly CallName[] = ['lock', 'begin-volume', 'begin-tree'];
const MIN_VERSION = 'TLSv1.3';
const MAX_HEADER_BYTES = 8 * 1024;

/** Connections that are being told that they are too many. */
const SPARE_CONNECTIONS = 64;

const CHANNEL = /^\/v1\/sessions\/([0-9a-f]{32})$/;
const CALL = /^\/v1\/([a-z-]+)$/;

/** Listens for clients that push. */
export async function serveSink(options: SinkOptions): Promise<Sink> {
  const { allocate, clientOf } = options;
  let { tls } = options;
  let isDraining = false;
  const limits = { ...SINK_LIMITS, ...options.limits };
  const memory = createSinkMemory({ bytes: limits.memory, allocate });
  const expand = createExpander(limits.expansions);
  const onBytes = createYoungCollector();
  const refused = noRefusals();
  const connections = createConnections({
    limits,
    clientOf,
    welcome: (name, client) => new Guest(name, client, limits),
    refused,
  });

  /** Makes a call. */
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const guest = connections.guestOf(request.socket as TLSSocket);
    const instance = guest.presence.see(request);
    const name = CALL.exec(request.url ?? '')?.[1] ?? '';
    if (request.method !== 'POST' || !isCallName(name))
      throw invalidMessage('there is no such call');
    if (isDraining && BEGINNINGS.includes(name)) throw sinkEnds();
    await answerCall(name, request, response, { guest, instance, limits, memory });
  }

  /** Makes a channel of a connection. */
  async function upgrade(request: IncomingMessage, socket: TLSSocket): Promise<void> {
    const guest = connections.guestOf(socket);
    guest.presence.see(request);
    const session = CHANNEL.exec(request.url ?? '')?.[1];
    const isChannel = request.method === 'GET' && request.headers.upgrade === FRAMES_PROTOCOL;
    if (!isChannel || session === undefined) throw invalidMessage('there is no such channel');
    const transfer = guest.sessions.get(session, 'transfer');
    const release = guest.sessions.hold(session);
    const { pace } = guest.client;
    await serveChannel(socket, transfer, { limits, pace, expand, onBytes });
    release();
  }

  const server = createServer(
    {
      ...tls,
      minVersion: MIN_VERSION,
      // A channel whose client has said all still gets its answers.
      allowHalfOpen: true,
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
      handle(request, response).catch((error: unknown) => refuseRequest(request, response, error));
    },
  );
  server.on('upgrade', (request, socket: TLSSocket, early) => {
    socket.on('error', () => undefined);
    // That of a connection on which there was a call before.
    socket.setTimeout(0);
    if (early.length > 0) socket.unshift(early);
    upgrade(request, socket).catch((error: unknown) => {
      refuseSocket(socket, error);
      leave(socket);
    });
  });
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
  server.on('tlsClientError', () => refused.handshake++);
  server.on('drop', () => refused.busy++);
  server.listen(options.port, options.host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    state: () => stateOf(connections, refused),
    setTls(next) {
      // Tried first: a server that was given half of it would be of no use.
      createSecureContext({ ...next, minVersion: MIN_VERSION });
      server.setSecureContext({ ...next, minVersion: MIN_VERSION });
      const believesOthers = !isSame(tls.ca, next.ca) || !isSame(tls.crl, next.crl);
      tls = next;
      // Also those that are in their handshake, by what was believed before.
      if (believesOthers) sockets.destroyAll();
    },
    async review() {
      await Promise.all(connections.review().map((guest) => guest[Symbol.asyncDispose]()));
    },
    async drain(signal) {
      isDraining = true;
      while (!signal.aborted && stateOf(connections, refused).transfers.length > 0) {
        await delay(DRAIN_LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // Also those that are still in their handshake: a client would go on with a sink that is no more.
      sockets.close();
      await Promise.all([...connections.guests()].map((guest) => guest[Symbol.asyncDispose]()));
      await closed;
    },
  };
}

function isSame(a: string | Buffer | undefined, b: string | Buffer | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.from(a).equals(Buffer.from(b));
}

function sinkEnds(): TransportError {
  return new TransportError({
    code: 'sink-busy',
    message: 'the sink is about to end, and begins nothing any more',
    retry: 'backoff',
    hint: 'Run the job again when the sink has been started again: it continues.',
  });
}
