import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { PushPki } from './push.ts';
import { pushImage, randomPieces } from './push-data.ts';

/**
 * The near side of push.ts: sends so many bytes that cannot be compressed, and says how long they took.
 *   node bench/push-near.ts sink|bare HOST PORT PKI-FILE BYTES CONNECTIONS
 */
const [what = '', host = '', port = '', pkiFile = '', bytes = '', count = ''] =
  process.argv.slice(2);
const { client: tls } = JSON.parse(await readFile(pkiFile, 'utf8')) as PushPki;
const connections = Number(count);

/** Sent first, and not measured: until then memory is new, and TCP slow. */
const WARM_UP_BYTES = 128 * 1024 * 1024;

/** Both ways send from all of it: what is not in the processor's cache takes longer to encrypt. */
const pieces = randomPieces();

/** Over bare connections: no frames, no checksums, no replies but one at the end. */
async function sendBare(size: number): Promise<number> {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ ...tls, host, port: Number(port) });
      await once(socket, 'secureConnect');
      return socket;
    }),
  );
  let left = size;
  const before = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      const answer = once(socket, 'data');
      for (let n = 0; left > 0; n++) {
        const piece = pieces[n % pieces.length] as Buffer;
        const part = piece.subarray(0, Math.min(left, piece.length));
        left -= part.length;
        if (!socket.write(part)) await once(socket, 'drain');
      }
      socket.end();
      await answer;
    }),
  );
  return (performance.now() - before) / 1000;
}

function push(size: number): Promise<number> {
  const url = new URL(`https://${host}:${port}`);
  const options = { url, tls, channels: connections, compress: 'never' } as const;
  return pushImage(options, size, pieces, () => undefined);
}

const send = what === 'sink' ? push : sendBare;
await send(WARM_UP_BYTES);
const seconds = await send(Number(bytes));
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(
  JSON.stringify({ seconds, maxRssKiB: maxRSS, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }),
);
