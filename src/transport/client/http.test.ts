import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { createPki } from '../../../test/support/pki.ts';
import { createHttp } from './http.ts';

it('a connection for frames is made in full, and not by a ticket of the one before', async () => {
  const pki = createPki();
  const server = createServer({ ...(await pki.server('127.0.0.1')), requestCert: true });
  const reused: boolean[] = [];
  server.on('upgrade', (_, socket: TLSSocket) => {
    reused.push(socket.isSessionReused());
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const http = createHttp({ url, tls: await pki.client('alpha'), channels: 2 });
  for (let count = 0; count < 2; count++) {
    const socket = await http.upgrade('/', new AbortController().signal);
    // The ticket comes after the handshake.
    socket.resume();
    await once(socket, 'close');
  }
  http.close();
  server.close();
  expect(reused).toEqual([false, false]);
});
