import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ByteReader } from '../../src/transport/byte-reader.ts';
import { encodeFrame, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import { type Frame, readFrames } from '../../src/transport/protocol/read-frames.ts';
import { FRAMES_PROTOCOL } from '../../src/transport/protocol/upgrade.ts';

/** Longer than any test. */
const SILENT_MS = 600_000;

/** What a peer is told, if it is told anything. */
export interface Told {
  readonly status: number;
  readonly answer?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A peer that sends what no client sends. */
export function rawPeer(port: number, tls: RequestOptions) {
  const begin = (path: string, headers: Record<string, string> = {}, method = 'POST') =>
    request({ host: '127.0.0.1', port, path, method, headers, agent: false, ...tls });

  async function post(path: string, body: string | Buffer): Promise<Told> {
    const sent = begin(path);
    const response = once(sent, 'response');
    sent.end(body);
    const [got] = (await response) as [IncomingMessage];
    return { status: got.statusCode ?? 0, ...(JSON.parse(await text(got)) as object) };
  }

  /** A transfer's connection, as soon as the sink has let it in. Throws when it does not. */
  function open(session: string): Promise<Socket> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const headers = { connection: 'Upgrade', upgrade: FRAMES_PROTOCOL };
    const sent = begin(`/v1/sessions/${session}`, headers, 'GET');
    sent.on('error', reject);
    sent.on('response', ({ statusCode }) => reject(new Error(`refused with ${statusCode}`)));
    sent.on('upgrade', (_, socket) => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    sent.end();
    return promise;
  }

  /** What the sink says to who wants a connection for frames, and gets none. */
  async function knock(path: string, upgrade = FRAMES_PROTOCOL, method = 'GET'): Promise<Told> {
    const sent = begin(path, { connection: 'Upgrade', upgrade }, method);
    const response = once(sent, 'response');
    sent.end();
    const [got] = (await response) as [IncomingMessage];
    return { status: got.statusCode ?? 0, ...(JSON.parse(await text(got)) as object) };
  }

  return {
    begin,
    post,
    open,
    knock,
    /** A call as a client makes it, with any arguments. */
    call: (name: string, args: unknown, id = newId()) =>
      post(`/v1/${name}`, JSON.stringify({ call: id, args })),
    /** Sends bytes as a transfer's connection does, and gives all frames that come back. */
    async channel(
      session: string,
      frames: readonly (FrameToSend | Buffer)[],
      ending: 'end' | 'open' = 'end',
    ): Promise<readonly Frame[]> {
      const socket = await open(session);
      for (const frame of frames) {
        for (const part of Buffer.isBuffer(frame) ? [frame] : encodeFrame(frame))
          socket.write(part);
      }
      if (ending === 'end') socket.end();
      const received: Frame[] = [];
      const place = async ({ bodyBytes }: { readonly bodyBytes: number }) => ({
        buffer: Buffer.alloc(bodyBytes),
        release: () => undefined,
      });
      for await (const frame of readFrames(new ByteReader(socket, { silentMs: SILENT_MS }), place))
        received.push(frame);
      socket.destroy();
      return received;
    },
  };
}

export function newId(): string {
  return randomBytes(16).toString('hex');
}
