import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { allocateAligned } from '../src/native/memory.ts';
import { serveSink } from '../src/transport/server/serve-sink.ts';
import type { PushPki } from './push.ts';
import { KEEPS_NOTHING } from './push-data.ts';

/**
 * The far side of push.ts: takes what is sent, and keeps nothing. Says its port, and, when its standard input ends, what
 * it took in memory.
 *   node bench/push-far.ts sink|bare HOST PKI-FILE
 */
const [what = '', host = '', pkiFile = ''] = process.argv.slice(2);
const { server: tls } = JSON.parse(await readFile(pkiFile, 'utf8')) as PushPki;

async function listen(): Promise<number> {
  if (what === 'sink') {
    const clientOf = () => KEEPS_NOTHING;
    const sink = await serveSink({ host, port: 0, tls, clientOf, allocate: allocateAligned });
    return sink.port;
  }
  const options = {
    ...tls,
    minVersion: 'TLSv1.3',
    requestCert: true,
    allowHalfOpen: true,
  } as const;
  const server = createServer(options, swallow);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Reads to the end, and then says that it has. */
function swallow(socket: TLSSocket): void {
  socket.resume();
  socket.once('end', () => socket.end('all of it'));
}

console.log(await listen());
process.stdin.resume();
await once(process.stdin, 'end');
console.log(JSON.stringify({ maxRssKiB: process.resourceUsage().maxRSS }));
process.exit(0);
