import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Socket } from 'node:net';
import { invalidMessage } from '../errors.ts';
import { INSTANCE_HEADER } from '../protocol/instance.ts';
import { MAX_CALL_BYTES } from '../protocol/limits.ts';
import { FRAMES_PROTOCOL } from '../protocol/upgrade.ts';
import { PATIENCE, type Patience, type SinkClientOptions } from './options.ts';
import { readAnswer } from './read-answer.ts';
import { answerToUpgrade } from './upgrade.ts';

/** Connections to one sink. */
export interface Http {
  readonly url: URL;
  readonly patience: Patience;
  /** How many connections a transfer may have. */
  readonly channels: number;
  /** Sends a call, and resolves when its answer begins. Throws what the connection failed with. */
  post(path: string, json: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** Makes a connection that carries frames. Throws the sink's refusal, or what the connection failed with. */
  upgrade(path: string, signal: AbortSignal): Promise<Socket>;
  close(): void;
}

export function createHttp(options: SinkClientOptions): Http {
  const { url, tls, channels } = options;
  const patience = { ...PATIENCE, ...options.patience };
  // The sink need not wait for a process that is gone when the next one comes.
  const instance = randomBytes(16).toString('hex');
  // Each handshake in full. A ticket would save no round trip with TLS 1.3, and makes what is said first longer than a packet:
  // by the first full packet Linux judges how much memory one takes, and where one that comes alone takes a lot, the
  // connection's window stays small for ever.
  const agent = new Agent({
    ...tls,
    minVersion: 'TLSv1.3',
    keepAlive: true,
    maxCachedSessions: 0,
  });

  function begin(
    method: string,
    path: string,
    headers: Record<string, string | number>,
  ): ClientRequest {
    const all = { ...headers, [INSTANCE_HEADER]: instance };
    return request(new URL(path, url), { agent, method, headers: all });
  }

  return {
    url,
    patience,
    channels,
    async post(path, json, signal) {
      const length = Buffer.byteLength(json);
      if (length > MAX_CALL_BYTES) throw invalidMessage(`a call has ${length} bytes`);
      signal.throwIfAborted();
      const headers = { 'content-type': 'application/json', 'content-length': length };
      const sent = begin('POST', path, headers);
      const abort = (): void => void sent.destroy(new Error('given up'));
      signal.addEventListener('abort', abort, { once: true });
      sent.setTimeout(patience.silentMs, () => sent.destroy(new Error('nothing was heard')));
      // What breaks once the answer has begun shows where that is read.
      sent.on('error', () => undefined);
      sent.end(json);
      try {
        const [response] = (await once(sent, 'response')) as [IncomingMessage];
        response.once('close', () => signal.removeEventListener('abort', abort));
        return response;
      } catch (error) {
        signal.removeEventListener('abort', abort);
        throw error;
      }
    },
    async upgrade(path, signal) {
      const { silentMs } = patience;
      signal.throwIfAborted();
      const sent = begin('GET', path, { connection: 'Upgrade', upgrade: FRAMES_PROTOCOL });
      sent.setTimeout(silentMs, () => {
        sent.destroy(new Error(`no connection within ${silentMs / 1000} s`));
      });
      sent.end();
      const answer = await answerToUpgrade(sent, signal);
      if ('socket' in answer) return answer.socket;
      await readAnswer(answer.refusal, url.host, silentMs);
      throw invalidMessage(`status ${answer.refusal.statusCode} without an error`);
    },
    close: () => agent.destroy(),
  };
}
