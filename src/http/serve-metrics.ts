import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { closeServer } from './close-server.ts';
import type { Control } from './control.ts';
import { HttpError } from './errors.ts';

/** Connections at a time; Prometheus needs one. */
const MOST_CONNECTIONS = 20;

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Serves the metrics, and nothing else, on a TCP address. Throws an HttpError (`metrics-listen`) when that cannot be
 * listened on.
 */
export async function serveMetrics(
  control: Pick<Control, 'metrics'>,
  { host, port }: TcpAddress,
): Promise<AsyncDisposable & { readonly port: number }> {
  const app = new Hono();
  app.get('/metrics', async (context) => {
    const { contentType, text } = await control.metrics();
    return context.body(text, 200, { 'content-type': contentType });
  });
  app.onError((_, context) => context.text('the metrics cannot be shown\n', 500));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new HttpError({
      code: 'metrics-listen',
      message: `the metrics cannot be served on ${host} port ${port}`,
      retry: 'backoff',
      hint: 'See who has the port (`ss -ltnp`), or correct `daemon.metrics.listen`. Backups go on.',
      cause,
    });
  }
  server.off('error', reject);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}
