import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { Sink } from '../../src/config/sink.ts';
import type { Piece } from '../../src/core/extent.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import { type ServedSink, serve } from '../../src/sink/serve.ts';
import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import type { TlsFiles } from '../../src/transport/tls.ts';
import { createAuthority } from '../support/authority.ts';
import { memoryClient } from '../support/sink.ts';

// A sink as its process runs it, with the certificates of `ceph2zfs pki`; only the pool is in memory.
vi.setConfig({ testTimeout: 60_000 });

const BLOCK = 4096;
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const signal = new AbortController().signal;

let authority: Awaited<ReturnType<typeof createAuthority>>;
let pools: Map<string, ReturnType<typeof memoryClient>>;
let broken: Set<string>;
let sink: ServedSink;
let alpha: TlsFiles;
let beta: TlsFiles;

beforeEach(async () => {
  authority = await createAuthority();
  [alpha, beta] = [await authority.client('alpha'), await authority.client('beta')];
  pools = new Map();
  broken = new Set();
  sink = await serve(configOf(), {
    allocate: allocateAligned,
    client: ({ dataset, allow, connections }) => {
      const pool = pools.get(dataset) ?? memoryClient({ blockSize: BLOCK });
      pools.set(dataset, pool);
      return { ...pool.client, canPrune: allow.includes('prune'), connections };
    },
    prepare: async ({ dataset, quota }) => {
      if (broken.has(dataset)) throw new Error(`no ${dataset}, and no quota of ${quota}`);
    },
  });
});
afterEach(async () => {
  await sink[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

function configOf(clients = 'alpha: { dataset: a }, beta: { dataset: b, quota: 1GiB }'): Sink {
  const { ca, cert, key, crl } = authority.paths;
  const tls = `{ ca: ${ca}, cert: ${cert}, key: ${key}, crl: ${crl} }`;
  const text = `sink: { listen: 127.0.0.1:1, tls: ${tls}, clients: { ${clients} } }`;
  const { sink: config } = parseConfig(text, 'c.yaml');
  if (config === undefined) throw new Error('no sink');
  // Any that is free.
  return { ...config, listen: { host: '127.0.0.1', port: 0 } };
}

function catalogOf(tls: TlsFiles) {
  const url = new URL(`https://127.0.0.1:${sink.port}`);
  // What is counted is what comes over the wire.
  return createRemoteVolumes({ url, tls, channels: 2, compress: 'never' });
}

/** Whether somebody gets in now, over a connection of its own. */
async function entry(tls: TlsFiles): Promise<string> {
  await using catalog = catalogOf(tls);
  try {
    await catalog.sources(signal);
    return 'in';
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
}

/** A connection that does nothing. */
async function idle(tls: TlsFiles): Promise<TLSSocket> {
  const socket = connect({ port: sink.port, host: '127.0.0.1', ...tls });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

async function* halves(between: Promise<void>): AsyncGenerator<Piece, void, void> {
  yield pieceAt(0);
  await between;
  yield pieceAt(2 * BLOCK);
}

function pieceAt(offset: number): Piece {
  const lease = { buffer: Buffer.alloc(2 * BLOCK, 7), release: () => undefined };
  return { kind: 'data', offset, length: 2 * BLOCK, lease };
}

/** Begins a transfer of beta's; `go` writes its second half and commits it. */
async function transfer() {
  const catalog = catalogOf(beta);
  const target = await catalog.create('rbd/image', IDENTITY, signal);
  const snapshot = { name: 's1', id: '7', size: 4 * BLOCK, group: null, isProtected: false };
  const about = { source: 'rbd/image', identity: IDENTITY, snapshot, base: null };
  const order = { ...about, checkpoint: null, description: {}, compare: false };
  const writer = await target.begin(order, signal);
  const half = Promise.withResolvers<void>();
  const apply = { signal, onProgress: () => undefined, onCheckpoint: () => undefined };
  const applied = writer.apply(halves(half.promise), apply);
  // Whoever goes on with it is told.
  applied.catch(() => undefined);
  return {
    async go() {
      half.resolve();
      await applied;
      await writer.commit(signal);
      await writer[Symbol.asyncDispose]();
      await catalog[Symbol.asyncDispose]();
      return pools.get('b')?.volumes.datasets.size;
    },
  };
}

describe('a sink that serves', () => {
  it('refuses a certificate from when it is revoked, ends its connections, and others go on', async () => {
    const open = await idle(alpha);
    const going = await transfer();
    expect(await entry(alpha)).toBe('in');
    await authority.revoke('alpha');
    await sink.look();
    await once(open, 'close');
    expect(await entry(alpha)).toMatch(/^sink-certificate: .*CERT_REVOKED/);
    expect(sink.report().refused.certificate).toBeGreaterThan(0);
    expect(await entry(beta)).toBe('in');
    expect(await going.go()).toBe(1);
    expect(sink.report().problems).toEqual([]);
  });

  it('shows a newer certificate of its own to who comes, and breaks no connection for it', async () => {
    const open = await idle(alpha);
    const before = open.getPeerCertificate().serialNumber;
    const going = await transfer();
    await authority.renewSink();
    await sink.look();
    const next = await idle(alpha);
    expect(next.getPeerCertificate().serialNumber).not.toBe(before);
    expect(open.destroyed).toBe(false);
    // The sink may notice a little later than who comes.
    await expect.poll(() => sink.report().clients[0]?.connections).toBe(2);
    expect(await going.go()).toBe(1);
    for (const socket of [open, next]) socket.destroy();
  });

  it.each([
    ['ca', 'no certificate', /ca\.crt holds no certificate/],
    ['cert', '', /sink\.crt holds no certificate/],
    ['key', 'no key', /sink\.key holds no private key/],
    ['crl', '', /crl\.pem/],
  ] as const)(
    'goes on with what it had when the new %s is broken, and says so',
    async (part, text, words) => {
      await writeFile(authority.paths[part], text);
      await sink.look();
      expect(sink.report().problems).toMatchObject([
        { code: 'tls-unusable', message: expect.stringMatching(words) },
      ]);
      expect(await entry(alpha)).toBe('in');
    },
  );

  it('notices when the key is not that of the certificate, and when it is mended', async () => {
    const { cert } = await authority.client('gamma');
    const good = authority.paths.cert;
    await writeFile(good, cert);
    await sink.look();
    expect(sink.report().problems[0]?.message).toContain('does not fit the certificate');
    expect(await entry(alpha)).toBe('in');
    await authority.renewSink();
    await sink.look();
    expect(sink.report().problems).toEqual([]);
    expect(await entry(alpha)).toBe('in');
  });

  it('ends what a client has that is none any more, and lets a new one in', async () => {
    const open = await idle(beta);
    const going = await transfer();
    await sink.reload(configOf('alpha: { dataset: a }, gamma: { dataset: g }'));
    await once(open, 'close');
    await expect(going.go()).rejects.toMatchObject({ code: 'client-unknown' });
    expect(sink.report().transfers).toEqual([]);
    expect(await entry(beta)).toMatch(/^client-unknown/);
    expect(await entry(await authority.client('gamma'))).toBe('in');
    expect(sink.report().clients.map(({ name }) => name)).toEqual(['alpha', 'gamma']);
  });

  it('lets a client that may do more do it at once, over the connections that it has', async () => {
    await using catalog = catalogOf(alpha);
    const target = await catalog.create('rbd/image', IDENTITY, signal);
    await expect(target.removeSnapshots(['s'], signal)).rejects.toMatchObject({
      code: 'not-allowed',
    });
    await sink.reload(configOf('alpha: { dataset: a, allow: [prune] }'));
    expect(await target.removeSnapshots(['s'], signal)).toEqual([]);
  });

  it('takes no more connections of a client than that may have', async () => {
    await sink.reload(configOf('alpha: { dataset: a, connections: 1 }'));
    const open = await idle(alpha);
    expect(await entry(alpha)).toMatch(/^sink-busy/);
    expect(sink.report().refused.busy).toBe(1);
    open.destroy();
  });

  it('knows no client by what every object has', async () => {
    const tls = await authority.client('constructor');
    expect(await entry(tls)).toMatch(/^client-unknown/);
    expect(sink.report().refused).toMatchObject({ client: 1 });
  });
});

describe('the report', () => {
  it('says who pushes what, from where, how much, and what it waits for', async () => {
    const going = await transfer();
    await expect.poll(() => sink.report().transfers[0]?.bytesReceived ?? 0).toBeGreaterThan(BLOCK);
    await expect.poll(() => sink.report().transfers[0]?.waitsFor).toBe('source');
    const { clients, transfers } = sink.report();
    expect(transfers).toMatchObject([
      {
        client: 'beta',
        kind: 'rbd',
        source: 'rbd/image',
        dataset: 'pool/rbd/image',
        address: '127.0.0.1',
        requests: 0,
      },
    ]);
    const [, reported] = clients;
    expect(reported).toMatchObject({ name: 'beta', dataset: 'b', sessions: 1 });
    const received = reported?.bytesReceived ?? 0;
    expect(received).toBeGreaterThan(BLOCK);
    await going.go();
    const after = sink.report();
    expect(after.transfers).toEqual([]);
    expect(after.clients[1]?.bytesReceived).toBeGreaterThan(received + BLOCK);
  });

  it('has what is wrong with a dataset, until it is mended', async () => {
    broken.add('b');
    await sink.reload(configOf());
    const message = expect.stringContaining(
      'the client beta cannot push: no b, and no quota of 1073741824',
    );
    await expect.poll(() => sink.report().problems).toMatchObject([{ message }]);
    await sink.look();
    expect(sink.report().problems).toHaveLength(1);
    broken.clear();
    await sink.look();
    expect(sink.report().problems).toEqual([]);
  });
});

describe('a sink that is about to end', () => {
  it('waits for the transfers that go on, and begins none', async () => {
    const going = await transfer();
    let isDrained = false;
    const drained = sink.drain(signal).then(() => {
      isDrained = true;
    });
    await using catalog = catalogOf(alpha);
    await expect(catalog.lock('rbd/other')).rejects.toMatchObject({
      code: 'sink-busy',
      retry: 'backoff',
      message: expect.stringContaining('about to end'),
    });
    expect(isDrained).toBe(false);
    expect(await going.go()).toBe(1);
    await drained;
  });

  it('waits no longer than it should', async () => {
    await transfer();
    await sink.drain(AbortSignal.abort());
    expect(sink.report().transfers).toHaveLength(1);
  });
});
