import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Piece } from '../../src/core/extent.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import type { TargetCatalog } from '../../src/core/target.ts';
import type { VolumeOrder, VolumeTarget } from '../../src/core/volume.ts';
import type { SinkClientOptions } from '../../src/transport/client/options.ts';
import { createRemoteTrees, createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { createRandom } from '../support/random.ts';
import { memoryClient, startSink } from '../support/sink.ts';

const BLOCK = 4096;
const SOURCE = 'rbd/image';
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const DIRECTORY = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' } as const;
const LIMITS = { heartbeatMs: 50, silentMs: 500, sessionMs: 1000, arrivalMs: 2000 };
const PATIENCE = { reconnectMs: 5000, silentMs: 500, cancelMs: 300 };
const signal = new AbortController().signal;

// Many of them wait for a deadline of the other side.
vi.setConfig({ testTimeout: 60_000 });

const memory = () => memoryClient({ blockSize: BLOCK });
let backend: ReturnType<typeof memory>;
let sink: Awaited<ReturnType<typeof startSink>>;
let proxy: CuttingProxy;
let catalog: TargetCatalog<VolumeTarget>;

async function optionsBehind(
  port: number,
  changes: Partial<SinkClientOptions> = {},
): Promise<SinkClientOptions> {
  const url = new URL(`https://127.0.0.1:${port}`);
  return sink.optionsFor('alpha', { url, patience: PATIENCE, ...changes });
}

beforeEach(async () => {
  backend = memory();
  sink = await startSink({ alpha: backend.client }, LIMITS);
  proxy = await startCuttingProxy(sink.port);
  catalog = createRemoteVolumes(await optionsBehind(proxy.port));
});
afterEach(async () => {
  proxy.setBlackhole(false);
  await catalog[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

function order(size: number, name = 's1'): VolumeOrder {
  const snapshot = { name, id: '7', size, group: null, isProtected: false };
  const rest = { base: null, checkpoint: null, description: {}, compare: false };
  return { source: SOURCE, identity: IDENTITY, snapshot, ...rest };
}

/** Pieces of a few blocks, whose leases are counted. */
async function* piecesOf(bytes: Buffer, lent: { count: number }, before: () => Promise<void>) {
  for (let offset = 0; offset < bytes.length; offset += 4 * BLOCK) {
    await before();
    const buffer = Buffer.from(bytes.subarray(offset, offset + 4 * BLOCK));
    lent.count++;
    const release = (): void => {
      lent.count--;
      // Whoever still read from it would send something else.
      buffer.fill(0xee);
    };
    const piece: Piece = {
      kind: 'data',
      offset,
      length: buffer.length,
      lease: { buffer, release },
    };
    yield piece;
  }
}

describe('connections that break', () => {
  it('cost an image nothing: each piece is written once, and the result is exact', async () => {
    const random = createRandom();
    const bytes = randomFillSync(Buffer.alloc(400 * BLOCK));
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    let writes = 0;
    backend.volumes.at('write', () => void writes++);
    const lent = { count: 0 };
    await using writer = await target.begin(order(bytes.length), signal);
    const pieces = piecesOf(bytes, lent, async () => {
      if (random.next() < 0.15) proxy.cut();
      if (random.next() < 0.3) await sleep(random.between(0, 30));
    });
    const done = await writer.apply(pieces, { signal });
    expect(done).toEqual({ bytesDone: bytes.length, bytesWritten: bytes.length });
    proxy.cut();
    await writer.commit(signal);
    expect(writes).toBe(100);
    expect(lent.count).toBe(0);
    expect(proxy.made).toBeGreaterThan(5);
    const [snapshot] = backend.volumes.dataset(target.dataset).snapshots;
    expect(snapshot?.data.equals(bytes)).toBe(true);
  });

  it('cost a tree nothing: what cannot be done twice is done once', async () => {
    const trees = createRemoteTrees(await optionsBehind(proxy.port), 'fs');
    await using _trees = trees;
    const random = createRandom();
    const target = await trees.create('/home', DIRECTORY, signal);
    const snapshot = { name: 's1', id: '1', takenAt: 5 };
    const about = { source: '/home', identity: DIRECTORY, snapshot, base: null, resume: false };
    await using writer = await target.begin(
      { ...about, description: {}, size: 1, youngSince: 0n },
      signal,
    );
    let moves = 0;
    backend.trees.at('move', () => {
      moves++;
      if (random.next() < 0.3) proxy.cut();
    });
    const data = Buffer.from('x');
    const file = entryOf('f', 'file', { size: 1 });
    await writer.putFile(Buffer.from('n0'), file, detailsOf({ data }), signal);
    for (let n = 0; n < 60; n++) {
      await writer.move(Buffer.from(`n${n}`), Buffer.from(`n${n + 1}`), signal);
    }
    expect(moves).toBe(60);
    const names: string[] = [];
    for await (const batch of writer.list(Buffer.alloc(0), signal)) {
      names.push(...batch.map(({ name }) => name.toString()));
    }
    expect(names).toEqual(['n60']);
    expect(proxy.made).toBeGreaterThan(5);
  });

  it('do not make a dataset twice whose making was not told', async () => {
    backend.volumes.at('create', () => proxy.cut());
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    expect([...backend.volumes.datasets.keys()]).toEqual([target.dataset]);
  });

  it('do not hide a commit that was made, and not told', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    await using writer = await target.begin(order(BLOCK), signal);
    backend.volumes.at('committed', () => proxy.cut());
    expect((await writer.commit(signal)).name).toBe('s1');
    expect(backend.volumes.dataset(target.dataset).snapshots).toHaveLength(1);
  });

  it('end the transfer when the sink cannot be reached for too long, and give back all buffers', async () => {
    const options = await optionsBehind(proxy.port, {
      patience: { reconnectMs: 600, silentMs: 300, cancelMs: 200 },
    });
    await using impatient = createRemoteVolumes(options);
    const target = await impatient.create(SOURCE, IDENTITY, signal);
    const bytes = Buffer.alloc(100 * BLOCK, 1);
    const lent = { count: 0 };
    await using writer = await target.begin(order(bytes.length), signal);
    let sent = 0;
    const pieces = piecesOf(bytes, lent, async () => {
      if (sent++ === 5) proxy.setBlackhole(true);
      await sleep(20);
    });
    const failure = { code: 'sink-unreachable', retry: 'backoff' };
    await expect(writer.apply(pieces, { signal })).rejects.toMatchObject(failure);
    expect(lent.count).toBe(0);
    await expect(writer.commit(signal)).rejects.toMatchObject(failure);
    expect(backend.volumes.dataset(target.dataset).snapshots).toEqual([]);
  });

  it('leave the run of another try free to go on, once the sink has noticed that nobody is there', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    const lock = await catalog.lock(SOURCE);
    await using _lock = lock;
    await target.begin(order(BLOCK), signal);
    proxy.setBlackhole(true);
    const direct = createRemoteVolumes(await optionsBehind(sink.port));
    await using _direct = direct;
    await expect(direct.lock(SOURCE)).rejects.toMatchObject({ code: 'target-busy' });
    const isFree = async (): Promise<void> => {
      await using _taken = await direct.lock(SOURCE);
    };
    await vi.waitFor(isFree, { timeout: 10_000 });
    const again = await direct.open(target.dataset).begin(order(BLOCK, 's2'), signal);
    await again.commit(signal);
    await again[Symbol.asyncDispose]();
  });
});

describe('a process that is gone', () => {
  /** Longer than a test takes: only that its connections have ended shows that it is gone. */
  const PATIENT = { ...LIMITS, silentMs: 50_000, sessionMs: 50_000 };

  /** A client whose connections end, and that cannot come again. */
  async function vanish(): Promise<void> {
    proxy.setBlackhole(true);
    proxy.cut();
  }

  async function restartPatiently(): Promise<void> {
    const { port } = sink;
    await sink[Symbol.asyncDispose]();
    sink = await startSink({ alpha: backend.client }, PATIENT, port);
  }

  it('does not keep the next one waiting', async () => {
    await restartPatiently();
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    await using _lock = await catalog.lock(SOURCE);
    const writer = await target.begin(order(BLOCK), signal);
    await writer.holds(0, Buffer.alloc(BLOCK), signal);
    await vanish();
    await using direct = createRemoteVolumes(await optionsBehind(sink.port));
    await vi.waitFor(async () => (await direct.lock(SOURCE))[Symbol.asyncDispose](), 10_000);
    await expect(writer.commit(signal)).rejects.toMatchObject({ code: 'sink-unreachable' });
  });

  it('has the lock until what it commits is committed', async () => {
    await restartPatiently();
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    await using _lock = await catalog.lock(SOURCE);
    const writer = await target.begin(order(BLOCK), signal);
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    backend.volumes.beforeCommit = async () => {
      reached.resolve();
      await held.promise;
    };
    const commit = writer.commit(signal).catch(() => undefined);
    await reached.promise;
    await vanish();
    await using direct = createRemoteVolumes(await optionsBehind(sink.port));
    let isFree = false;
    const next = vi
      .waitFor(async () => direct.lock(SOURCE), 20_000)
      .then((lock) => {
        isFree = true;
        return lock;
      });
    await sleep(1000);
    expect(isFree).toBe(false);
    held.resolve();
    await using _next = await next;
    expect(backend.volumes.dataset(target.dataset).snapshots.map(({ name }) => name)).toEqual([
      's1',
    ]);
    await commit;
  });
});

describe('a lock and a transfer', () => {
  it('stay as long as their client is there, and longer than a silent one would', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    await using _lock = await catalog.lock(SOURCE);
    await using writer = await target.begin(order(BLOCK), signal);
    await sleep(2 * LIMITS.sessionMs);
    expect(await writer.holds(0, Buffer.alloc(BLOCK), signal)).toBe(true);
    await expect(catalog.lock(SOURCE)).rejects.toMatchObject({ code: 'target-busy' });
  });

  it('are of one dataset at a time', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    const busy = { code: 'target-busy', retry: expect.stringMatching(/./) };
    {
      // With a lock of the client's, and without one.
      await using _lock = await catalog.lock(SOURCE);
      await using _writer = await target.begin(order(BLOCK), signal);
      await expect(target.begin(order(BLOCK), signal)).rejects.toMatchObject(busy);
    }
    await using _writer = await target.begin(order(BLOCK), signal);
    await expect(target.begin(order(BLOCK), signal)).rejects.toMatchObject(busy);
    await expect(catalog.lock(SOURCE)).rejects.toMatchObject(busy);
  });

  it('are lost with the sink, and the next run is told to begin anew', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    await using _lock = await catalog.lock(SOURCE);
    await using writer = await target.begin(order(BLOCK), signal);
    await writer.holds(0, Buffer.alloc(BLOCK), signal);
    const { port } = sink;
    await sink[Symbol.asyncDispose]();
    sink = await startSink({ alpha: backend.client }, LIMITS, port);
    const lost = { code: 'session-lost', retry: 'reconnect' };
    await expect(writer.holds(0, Buffer.alloc(BLOCK), signal)).rejects.toMatchObject(lost);
    await expect(writer.commit(signal)).rejects.toMatchObject(lost);
    await expect(target.begin(order(BLOCK), signal)).rejects.toMatchObject(lost);
  });

  it('end at once with what is under way when they are given up', async () => {
    const target = await catalog.create(SOURCE, IDENTITY, signal);
    const controller = new AbortController();
    const lent = { count: 0 };
    await using writer = await target.begin(order(100 * BLOCK), signal);
    const pieces = piecesOf(Buffer.alloc(100 * BLOCK, 1), lent, async () => {
      if (lent.count > 3) controller.abort(new Error('enough'));
      await sleep(1);
    });
    backend.volumes.at('write', null);
    await expect(writer.apply(pieces, { signal: controller.signal })).rejects.toThrow('enough');
    expect(lent.count).toBe(0);
  });

  it('end at once also when the sink is waiting for something', async () => {
    backend.client.volumes = () => neverDone(backend.volumes.catalog());
    await sink[Symbol.asyncDispose]();
    sink = await startSink({ alpha: backend.client }, LIMITS);
    const patience = { ...PATIENCE, cancelMs: 600_000 };
    await using patient = createRemoteVolumes(await optionsBehind(sink.port, { patience }));
    const target = await patient.create(SOURCE, IDENTITY, signal);
    const controller = new AbortController();
    await using writer = await target.begin(order(BLOCK), signal);
    const lent = { count: 0 };
    const pieces = piecesOf(Buffer.alloc(BLOCK, 1), lent, async () => undefined);
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(writer.apply(pieces, { signal: controller.signal })).rejects.toThrow('enough');
    expect(lent.count).toBe(0);
  });
});

/** Volumes whose writing ends only when it is stopped. */
function neverDone(catalog: TargetCatalog<VolumeTarget>): TargetCatalog<VolumeTarget> {
  return {
    ...catalog,
    open: (dataset) => {
      const target = catalog.open(dataset);
      const begin: VolumeTarget['begin'] = async (...args) => ({
        ...(await target.begin(...args)),
        async apply(pieces, options) {
          for await (const piece of pieces) if (piece.kind === 'data') piece.lease.release();
          if (!options.signal.aborted) await once(options.signal, 'abort');
          throw options.signal.reason;
        },
      });
      return { ...target, begin };
    },
  };
}
