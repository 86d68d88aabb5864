import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packBlobs } from '../../src/core/blobs.ts';
import { encodeEntry } from '../../src/core/entry.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import type { Pace } from '../../src/lib/pace.ts';
import { createRemoteTrees, createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { packTask } from '../../src/transport/protocol/entry-task.ts';
import { FRAME } from '../../src/transport/protocol/frame.ts';
import type { Frame } from '../../src/transport/protocol/read-frames.ts';
import type { SinkClient } from '../../src/transport/server/sink-client.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { codes, requestOf } from '../support/frames.ts';
import { newId, rawPeer } from '../support/raw-peer.ts';
import { memoryClient, pki, startSink } from '../support/sink.ts';
import { stuckTrees } from '../support/stuck-target.ts';

const BLOCK = 4096;
const MIB = 1024 * 1024;
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const DIRECTORY = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' } as const;
const VOLUMES = { kind: 'volumes' } as const;
const LIMITS = {
  memory: 64 * MIB,
  handshakes: 10,
  connections: 40,
  connectionsOfClient: 30,
  // Nothing in here is to go on because something came too late.
  arrivalMs: 120_000,
  heartbeatMs: 50,
  sessionMs: 5000,
};
const signal = new AbortController().signal;

vi.setConfig({ testTimeout: 60_000 });

let alpha: ReturnType<typeof memoryClient>;
let beta: ReturnType<typeof memoryClient>;
let sink: Awaited<ReturnType<typeof startSink>>;
const open: Socket[] = [];

beforeEach(async () => {
  alpha = memoryClient({ blockSize: BLOCK });
  beta = memoryClient({ blockSize: BLOCK });
  await start({});
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await sink[Symbol.asyncDispose]();
});

/** Starts the sink, or starts it anew, with this about the client alpha. */
async function start(changes: Partial<SinkClient>, silentMs = 120_000): Promise<void> {
  await sink?.[Symbol.asyncDispose]();
  const clients = { alpha: { ...alpha.client, ...changes }, beta: beta.client };
  sink = await startSink(clients, { ...LIMITS, silentMs });
}

async function peer(name = 'alpha') {
  return rawPeer(sink.port, await pki.client(name));
}

/** An encrypted connection on which nothing is read. */
async function connection(name = 'alpha'): Promise<Socket> {
  const socket = connect({ port: sink.port, host: '127.0.0.1', ...(await pki.client(name)) });
  socket.on('error', () => undefined);
  open.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

/** A client backs up an image of a mebibyte as if nothing were. */
async function push(name: string, patience = {}): Promise<void> {
  await using catalog = createRemoteVolumes(
    await sink.optionsFor(name, { patience, compress: 'never' }),
  );
  const target = await catalog.create('rbd/image', IDENTITY, signal);
  await using writer = await target.begin(orderOf(MIB), signal);
  async function* pieces() {
    const buffer = Buffer.alloc(MIB / 16, 1);
    for (let offset = 0; offset < MIB; offset += buffer.length) {
      const lease = { buffer, release: () => undefined };
      yield { kind: 'data' as const, offset, length: buffer.length, lease };
    }
  }
  await writer.apply(pieces(), { signal });
  await writer.commit(signal);
}

function orderOf(size: number) {
  const snapshot = { name: 's1', id: '7', size, group: null, isProtected: false };
  const about = { source: 'rbd/image', identity: IDENTITY, snapshot, base: null };
  return { ...about, checkpoint: null, description: {}, compare: false };
}

async function beginTree(): Promise<string> {
  await using catalog = createRemoteTrees(await sink.optionsFor('alpha'), 'fs');
  const { dataset } = await catalog.create('/home', DIRECTORY, signal);
  const session = newId();
  const snapshot = { name: 's1', id: '1', takenAt: 5 };
  const about = { source: '/home', identity: DIRECTORY, snapshot, base: null, resume: false };
  const told = await (await peer()).call('begin-tree', {
    on: { kind: 'trees', filesystem: 'fs' },
    dataset: dataset.replace('pool/', ''),
    session,
    lock: null,
    order: { ...about, description: {}, size: 1, youngSince: '0' },
  });
  expect(told.error).toBeUndefined();
  return session;
}

describe('a client with a bandwidth', () => {
  it('is read from no faster, is not taken for silent, and keeps nobody up', async () => {
    const gate = Promise.withResolvers<void>();
    let bytes = 0;
    const pace: Pace = async (length) => {
      bytes += length;
      await gate.promise;
    };
    const silentMs = 500;
    await start({ pace }, silentMs);
    const pushing = push('alpha', { silentMs });
    await push('beta');
    // Longer than either side waits for a word of the other.
    await sleep(3 * silentMs);
    const before = bytes;
    expect(before).toBeLessThan(MIB);
    gate.resolve();
    await pushing;
    // All of it, and nothing twice: no connection was given up meanwhile.
    expect(bytes).toBeGreaterThan(MIB);
    expect(bytes).toBeLessThan(1.1 * MIB);
  });

  it('may end while it is held up', async () => {
    const waits: AbortSignal[] = [];
    await start({
      pace: async (_bytes, signal) => {
        waits.push(signal);
        await once(signal, 'abort');
        throw signal.reason;
      },
    });
    const session = await beginTree();
    await using proxy = await startCuttingProxy(sink.port);
    const socket = await rawPeer(proxy.port, await pki.client('alpha')).open(session);
    socket.write(Buffer.alloc(100));
    await vi.waitUntil(() => waits.length === 1, { timeout: 20_000 });
    proxy.cut();
    await vi.waitUntil(() => waits[0]?.aborted, { timeout: 20_000 });
  });
});

describe('the connections of a client', () => {
  it('are as many as it may have by itself', async () => {
    await start({ connections: 2 });
    const [first] = [await connection(), await connection()];
    const busy = { status: 503, error: { code: 'sink-busy', retry: 'backoff' } };
    expect(await (await peer()).call('sources', { on: VOLUMES })).toMatchObject(busy);
    await push('beta');
    first.destroy();
    await vi.waitUntil(
      async () => (await (await peer()).call('sources', { on: VOLUMES })).status === 200,
      { timeout: 20_000 },
    );
  });

  it('are bounded together with those of others', async () => {
    for (let n = 0; n < 20; n++) await Promise.all([connection(), connection('beta')]);
    const told = await (await peer()).call('sources', { on: VOLUMES });
    expect(told).toMatchObject({ status: 503, error: { code: 'sink-busy' } });
  });

  it('are few for each of its transfers', async () => {
    const session = await beginTree();
    const raw = await peer();
    for (let n = 0; n < 16; n++) {
      open.push(await raw.open(session));
    }
    const told = await raw.knock(`/v1/sessions/${session}`);
    expect(told).toMatchObject({ status: 503, error: { code: 'sink-busy' } });
  });
});

describe('connections that do not say who they are', () => {
  it('make room for others at once, however many they are', async () => {
    let isOver = false;
    let ended = 0;
    function connectAgain(): void {
      if (isOver) return;
      // Another address than that of those who mean well.
      const socket = connectTcp({ port: sink.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      open.push(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        ended++;
        setImmediate(connectAgain);
      });
      socket.resume();
    }
    for (let n = 0; n < 60; n++) connectAgain();
    await vi.waitUntil(() => ended > 100, { timeout: 20_000 });
    await Promise.all([push('alpha'), push('beta')]);
    isOver = true;
  });
});

/** A file with so many attributes. */
function taskWith(count: number): Buffer {
  const xattrs = Array.from({ length: count }, () => [Buffer.from('a'), Buffer.alloc(0)] as const);
  const details = detailsOf({ xattrs, data: Buffer.alloc(0) });
  return Buffer.from(packTask(Buffer.from('x'), entryOf('x', 'file'), details));
}

describe('a transfer', () => {
  const entry = encodeEntry(entryOf('x', 'file'));
  const entries = Buffer.concat(Array.from({ length: 4000 }, () => entry));
  const batch = Buffer.from(packBlobs([Buffer.alloc(0), entries]));
  const compare = (id: number, receipt = 1) =>
    requestOf(id, { do: 'compare', count: 4000 }, batch, receipt);

  it('whose replies never arrive gets no more of them', async () => {
    await start({ trees: () => stuckTrees(alpha.trees.catalog()) });
    const session = await beginTree();
    const raw = await peer();
    const frames = Array.from({ length: 150 }, (_, n) => compare(n + 1));
    expect(codes(await raw.channel(session, frames, 'open'))).toEqual([[0, 'sink-busy']]);
    const end = { type: FRAME.end, head: { frames: 2 } };
    const replies = (told: readonly Frame[]) =>
      told.filter(({ type }) => type === FRAME.reply).map(({ id }) => id);
    const late = await raw.channel(session, [compare(150), end]);
    expect([codes(late), replies(late)]).toEqual([[[0, 'sink-busy']], []]);
    const told = await raw.channel(session, [compare(150, 50), end]);
    expect([codes(told), replies(told)]).toEqual([[], [150]]);
  });

  it.each([
    ['a body that only data may have', 0, Buffer.alloc(MIB + 1)],
    ['more attributes than anything has', 1, taskWith(20_000)],
  ])('refuses %s', async (_name, about, body) => {
    const session = await beginTree();
    const end = { type: FRAME.end, head: { frames: 2 } };
    const told = await (await peer()).channel(session, [
      requestOf(1, { do: 'put-file' }, body),
      end,
    ]);
    expect(codes(told)).toEqual([[about, 'message-invalid']]);
  });
});

describe('long calls', () => {
  it('wait for each other, and short ones do not wait for them', async () => {
    const raw = await peer();
    for (let n = 0; n < 6; n++) {
      const sent = raw.begin('/v1/check');
      sent.on('error', () => undefined);
      sent.on('socket', (socket) => open.push(socket));
      sent.write(Buffer.alloc(MIB / 2, ' '));
    }
    const short = JSON.stringify({ call: newId(), args: { sessions: [] } });
    const sent = raw.begin('/v1/keep', { 'content-length': String(short.length) });
    sent.end(short);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toEqual({ answer: { lost: [] } });
    let isAnswered = false;
    const waiting = raw.call('sources', { on: VOLUMES }).finally(() => {
      isAnswered = true;
    });
    await push('beta');
    expect(isAnswered).toBe(false);
    // Those that hold all places are gone: it is the turn of others.
    for (const socket of open.splice(0)) socket.destroy();
    expect((await waiting).answer).toEqual({ sources: [] });
  });

  it('whose answers are not read are given up', async () => {
    const sources = new Map(
      Array.from({ length: 1000 }, (_, n) => [`rbd/${'x'.repeat(15_000)}${n}`, ['pool/rbd/x']]),
    );
    const volumes = () => ({ ...alpha.volumes.catalog(), sources: async () => sources });
    await start({ volumes }, 3000);
    for (let n = 0; n < 4; n++) {
      const socket = await connection();
      const body = JSON.stringify({ call: newId(), args: { on: VOLUMES } });
      const head = ['POST /v1/sources HTTP/1.1', 'host: x', `content-length: ${body.length}`];
      socket.pause();
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    }
    const told = await (await peer()).call('sources', { on: VOLUMES });
    expect((told.answer as { sources: unknown[] }).sources).toHaveLength(1000);
  });
});
