import type { Server } from 'node:http';

/** How long answers may take that are under way when a server ends, in milliseconds. */
const CLOSE_MS = 1000;

/** Takes no connections any more, and waits for the answers that are under way, but not for long. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Streams of events end only when they are made to.
  setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
  server.closeIdleConnections();
  await closed;
}
