import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { openChannel } from './channel.ts';
import type { Http } from './http.ts';
import { PATIENCE } from './options.ts';

it('a channel that is broken off just when it is let in does not stay open', async () => {
  const socket = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
  socket.on('error', () => undefined);
  const url = new URL('https://sink:1');
  const upgrade = async (): Promise<Socket> => socket as unknown as Socket;
  const http = { url, patience: PATIENCE, channels: 1, upgrade } as unknown as Http;
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const channel = openChannel({
    http,
    session: 's',
    heartbeatMs: 1000,
    meter: null,
    onReady: () => undefined,
    onFrame: () => undefined,
    onClose: resolve,
  });
  const reason = new Error('over');
  channel.destroy(reason);
  expect(await closed).toBe(reason);
  expect(socket.destroyed).toBe(true);
  expect(channel.isOpen).toBe(false);
});
