import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { closeServer } from './close-server.ts';
import { HttpError } from './errors.ts';

const OTHERS_WRITE = 0o022;

export interface SocketOptions {
  readonly path: string;
  /** Id of the group that may use it, besides root; null for nobody else. */
  readonly group: number | null;
}

/**
 * Serves an API on a Unix socket. Who calls holds the lock of the socket: one that lies there already is left over
 * from a process that is gone. Throws an HttpError (`socket-unsafe`) when others could put a socket of theirs there.
 */
export async function serveOnSocket(
  app: OpenAPIHono,
  { path, group }: SocketOptions,
): Promise<AsyncDisposable> {
  await rm(path, { force: true });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, path);
  if (group !== null) {
    await chown(path, process.getuid?.() ?? 0, group);
    await chmod(path, 0o660);
  }
  return {
    async [Symbol.asyncDispose]() {
      await closeServer(server);
      await rm(path, { force: true });
    },
  };
}

/** Makes the directory of a socket; it must be such that nobody but its owner can put something there. */
export async function prepareSocketDirectory(path: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const { uid, mode } = await stat(directory);
  const isOurs = uid === 0 || uid === process.getuid?.();
  if (isOurs && (mode & OTHERS_WRITE) === 0) return;
  throw new HttpError({
    code: 'socket-unsafe',
    message: `the directory ${directory} of the socket is writable for others (owner ${uid}, mode 0${(mode & 0o7777).toString(8)})`,
    retry: 'never',
    hint: 'Set `daemon.socket` to a path in a directory that only root can write to.',
  });
}

async function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // The socket is made in this call: at no moment may anybody else use it.
  const before = process.umask(0o177);
  try {
    server.listen(path, resolve);
  } finally {
    process.umask(before);
  }
  await promise;
  server.off('error', reject);
}
