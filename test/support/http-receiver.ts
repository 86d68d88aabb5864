import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on this machine that notes down what it gets. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly received: readonly Received[];
  /** What is answered from now on; null for no answer at all. */
  answer(status: number | null, headers?: Readonly<Record<string, string>>): void;
}

export async function createReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let status: number | null = 200;
  let headers: Readonly<Record<string, string>> = {};
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '' } = request;
      received.push({ method, path, headers: request.headers, body });
      if (status !== null) response.writeHead(status, headers).end('an answer with a secret');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    received,
    answer(next, nextHeaders = {}) {
      [status, headers] = [next, nextHeaders];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
