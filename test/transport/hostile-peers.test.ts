import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { detailBlobs, packBlobs } from '../../src/core/blobs.ts';
import { encodeEntry } from '../../src/core/entry.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import { createRemoteTrees, createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { packTask } from '../../src/transport/protocol/entry-task.ts';
import {
  decodeHeader,
  encodeFrame,
  FRAME,
  type FrameToSend,
} from '../../src/transport/protocol/frame.ts';
import { FRAMES_PROTOCOL } from '../../src/transport/protocol/upgrade.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { codes, requestOf } from '../support/frames.ts';
import { createPki } from '../support/pki.ts';
import { newId, rawPeer } from '../support/raw-peer.ts';
import { memoryClient, pki, startSink } from '../support/sink.ts';

const BLOCK = 4096;
const SOURCE = 'rbd/image';
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const DIRECTORY = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' } as const;
const VOLUMES = { kind: 'volumes' } as const;
const LIMITS = {
  connections: 40,
  connectionsOfClient: 6,
  sessionsOfClient: 3,
  windows: { pieces: 2, requests: 4 },
  arrivalMs: 20_000,
  heartbeatMs: 100,
  silentMs: 20_000,
  sessionMs: 5000,
};
const signal = new AbortController().signal;

// Many of them wait for a deadline of the other side.
vi.setConfig({ testTimeout: 60_000 });

const memory = () => memoryClient({ blockSize: BLOCK });
let alpha: ReturnType<typeof memory>;
let beta: ReturnType<typeof memory>;
let sink: Awaited<ReturnType<typeof startSink>>;

beforeEach(async () => {
  alpha = memory();
  beta = memory();
  sink = await startSink(clients(), LIMITS);
});

function clients() {
  return { alpha: { ...alpha.client, canPrune: false }, beta: beta.client };
}

/** From now on the sink is one that does not wait for long. */
async function loseItsPatience(): Promise<void> {
  await sink[Symbol.asyncDispose]();
  sink = await startSink(clients(), { ...LIMITS, arrivalMs: 500, silentMs: 500 });
}

afterEach(() => sink[Symbol.asyncDispose]());

async function peer(name = 'alpha') {
  return rawPeer(sink.port, await pki.client(name));
}

/** However it ends. */
function closed(socket: Socket): Promise<void> {
  // What comes must be read, or the end is never seen.
  socket.resume();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

/** Beta backs up as if nothing were. */
async function expectOthersUnaffected(): Promise<void> {
  await using catalog = createRemoteVolumes(await sink.optionsFor('beta'));
  const target = await catalog.create(SOURCE, IDENTITY, signal);
  await using writer = await target.begin(orderOf(BLOCK), signal);
  await writer.commit(signal);
}

function orderOf(size: number, rest: object = {}) {
  const snapshot = { name: 's1', id: '7', size, group: null, isProtected: false };
  const about = { source: SOURCE, identity: IDENTITY, snapshot, base: null, checkpoint: null };
  return { ...about, description: {}, compare: false, ...rest };
}

/** Opens a transfer of an image of ten blocks, and tells its id. */
async function beginVolume(rest: object = {}): Promise<string> {
  const raw = await peer();
  if (alpha.volumes.datasets.size === 0) {
    await raw.call('create', { on: VOLUMES, source: SOURCE, identity: IDENTITY });
  }
  const session = newId();
  const order = orderOf(10 * BLOCK);
  const args = { on: VOLUMES, dataset: SOURCE, session, lock: null, order, ...rest };
  const told = await raw.call('begin-volume', args);
  if (told.error !== undefined) throw Object.assign(new Error(told.error.message), told.error);
  return session;
}

describe('who may come in', () => {
  it('is nobody without a certificate, with one of another CA, or with a name that is not known', async () => {
    const { ca } = await pki.server();
    const strangers = createPki();
    const { cert, key } = await strangers.client('alpha');
    const cases = [
      [{ ca }, 'sink-certificate'],
      [{ ca, cert, key }, 'sink-certificate'],
      [await pki.client('gamma'), 'client-unknown'],
    ] as const;
    for (const [tls, code] of cases) {
      const told = await rawPeer(sink.port, tls).call('sources', { on: VOLUMES });
      expect(told).toMatchObject({ status: 403, error: { code, retry: 'never' } });
    }
    const options = await sink.optionsFor('alpha');
    await using untrusting = createRemoteVolumes({ ...options, tls: { ...options.tls, ca: cert } });
    await expect(untrusting.check(signal)).rejects.toMatchObject({ code: 'sink-certificate' });
  });

  it('is nobody who speaks an older TLS', async () => {
    const tls = await pki.client('alpha');
    const old = { port: sink.port, host: '127.0.0.1', maxVersion: 'TLSv1.2' as const, ...tls };
    const socket = connect(old);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/alert protocol version|reset/);
  });

  it('is told which side is too old', async () => {
    const raw = await peer();
    const told = await raw.call('hello', {
      versions: { min: 7, max: 9 },
      features: ['later'],
      software: 'ceph2zfs 9',
    });
    expect(told.error).toMatchObject({ code: 'sink-version', retry: 'never' });
    const newer = { versions: { min: 0, max: 9 }, features: ['later'], software: 'ceph2zfs 9' };
    expect((await raw.call('hello', newer)).answer).toMatchObject({
      versions: { min: 1, max: 1 },
      features: [],
      client: 'alpha',
    });
  });
});

describe('calls', () => {
  it('that are none are refused', async () => {
    const raw = await peer();
    const args = { on: VOLUMES, source: SOURCE };
    const wrong = [
      raw.post('/v1/generations', 'no JSON'),
      raw.post('/v1/generations', JSON.stringify({ args })),
      raw.post('/v1/generations', JSON.stringify({ call: '../x', args })),
      raw.call('generations', { ...args, more: 1 }),
      raw.call('generations', { on: VOLUMES, source: 7 }),
    ];
    for (const told of await Promise.all(wrong)) {
      expect(told).toMatchObject({ status: 400, error: { code: 'message-invalid' } });
    }
    for (const path of ['/v1/no-such', '/v1/constructor', '/', '/v1/sessions/../x']) {
      expect((await raw.post(path, '')).error?.code).toBe('message-invalid');
    }
    await expectOthersUnaffected();
  });

  it('that are too long, or too slow, are refused before they end', async () => {
    const raw = await peer();
    const long = await raw.post('/v1/check', Buffer.alloc(1024 * 1024 + 1, ' '));
    expect(long.error?.message).toContain('more than 1048576 bytes');
    await loseItsPatience();
    const sent = (await peer()).begin('/v1/check', { 'content-length': '50' });
    sent.on('error', () => undefined);
    sent.write('{');
    const [response] = (await once(sent, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(400);
    sent.destroy();
  });

  it('whose headers never end lose their connection', async () => {
    await loseItsPatience();
    const socket = connect({ port: sink.port, host: '127.0.0.1', ...(await pki.client('alpha')) });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write('POST /v1/check HTTP/1.1\r\nx-slow: ');
    const drip = setInterval(() => socket.write('x'), 50);
    socket.resume();
    await closed(socket);
    clearInterval(drip);
  });

  it.each([
    '../beta',
    '/tank',
    'rbd/../..',
    'rbd/x@s',
    'rbd/x%y',
    'rbd//x',
    'rbd/x\0',
    'rbd/x\n',
    '.',
  ])('about the dataset %j lead nowhere', async (dataset) => {
    const raw = await peer();
    const target = { on: VOLUMES, dataset };
    const order = orderOf(BLOCK);
    const wrong = [
      raw.call('claim', { ...target, snapshot: 's1' }),
      raw.call('settle', target),
      raw.call('guards', target),
      raw.call('begin-volume', { ...target, session: newId(), lock: null, order }),
    ];
    for (const told of await Promise.all(wrong)) expect(told.error?.code).toBe('name-invalid');
  });

  it('about datasets that hold nothing of the client lead nowhere', async () => {
    await expectOthersUnaffected();
    const raw = await peer();
    for (const dataset of [SOURCE, 'rbd']) {
      const told = await raw.call('claim', { on: VOLUMES, dataset, snapshot: 's1' });
      expect(told.error?.code).toBe('name-invalid');
    }
    expect(beta.volumes.dataset(`pool/${SOURCE}`).claim).toBeNull();
  });

  it('about snapshots with names that ZFS gives a meaning to are refused', async () => {
    await beginVolume();
    const raw = await peer();
    for (const snapshot of ['a@b', '../x', 'a,b', 'a%b', 's1\n']) {
      const told = await raw.call('claim', { on: VOLUMES, dataset: SOURCE, snapshot });
      expect(told.error?.code).toBe('name-invalid');
      const base = orderOf(BLOCK, { base: snapshot });
      await expect(beginVolume({ order: base })).rejects.toMatchObject({ code: 'name-invalid' });
    }
  });

  it('that remove snapshots need the right to', async () => {
    await beginVolume();
    alpha.volumes.snapshotByOthers(`pool/${SOURCE}`, 'precious');
    await using catalog = createRemoteVolumes(await sink.optionsFor('alpha'));
    const removal = catalog.open(`pool/${SOURCE}`).removeSnapshots(['precious'], signal);
    await expect(removal).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining('allow: [prune]'),
    });
    expect(alpha.volumes.dataset(`pool/${SOURCE}`).snapshots).toHaveLength(1);
  });

  it('that come again are made once, and are answered alike', async () => {
    const raw = await peer();
    const id = newId();
    const args = { on: VOLUMES, source: SOURCE, identity: IDENTITY };
    const told = await Promise.all([raw.call('create', args, id), raw.call('create', args, id)]);
    expect([...told, await raw.call('create', args, id)]).toEqual([told[0], told[0], told[0]]);
    expect(alpha.volumes.datasets.size).toBe(1);
  });
});

describe('transfers', () => {
  it('of others are not there', async () => {
    const session = await beginVolume();
    const other = await peer('beta');
    const lost = { error: { code: 'session-lost' } };
    expect(await other.knock(`/v1/sessions/${session}`)).toMatchObject({ status: 404, ...lost });
    expect(await other.call('commit', { session, scan: null })).toMatchObject(lost);
    expect((await other.call('keep', { sessions: [session] })).answer).toEqual({ lost: [session] });
    expect((await other.call('close', { session })).answer).toEqual({});
    expect((await (await peer()).call('keep', { sessions: [session] })).answer).toEqual({
      lost: [],
    });
  });

  it('have connections of one protocol only, and calls none', async () => {
    const session = await beginVolume();
    const raw = await peer();
    const path = `/v1/sessions/${session}`;
    const wrong = [
      raw.knock(path, 'websocket'),
      raw.knock(path, FRAMES_PROTOCOL, 'POST'),
      raw.knock('/v1/check'),
      raw.knock(`${path}/x`),
      raw.post(path, ''),
    ];
    for (const told of await Promise.all(wrong)) {
      expect(told).toMatchObject({ status: 400, error: { code: 'message-invalid' } });
    }
    await expectOthersUnaffected();
  });

  it('are answered what comes in one go with the request for their connection', async () => {
    const session = await beginVolume();
    const tls = await pki.client('alpha');
    const socket = connect({ port: sink.port, host: '127.0.0.1', ...tls });
    const begin = [
      `GET /v1/sessions/${session} HTTP/1.1`,
      'host: sink',
      'connection: Upgrade',
      `upgrade: ${FRAMES_PROTOCOL}`,
      '\r\n',
    ];
    const ask = { type: FRAME.request, id: 1, receipt: 1, head: { do: 'stop', apply: 0 } };
    const end = { type: FRAME.end, head: { frames: 2 } };
    socket.end(
      Buffer.concat([Buffer.from(begin.join('\r\n')), ...encodeFrame(ask), ...encodeFrame(end)]),
    );
    const told = await buffer(socket);
    const headers = told.subarray(0, told.indexOf('\r\n\r\n') + 4);
    expect(headers.toString()).toMatch(/^HTTP\/1.1 101 /);
    expect(decodeHeader(told.subarray(headers.length))).toMatchObject({ type: FRAME.reply, id: 1 });
  });

  it('and locks are bounded in number, for each client', async () => {
    const raw = await peer();
    const lock = (source: string) => raw.call('lock', { on: VOLUMES, source, session: newId() });
    for (const source of ['rbd/1', 'rbd/2', 'rbd/3'])
      expect((await lock(source)).answer).toEqual({});
    expect((await lock('rbd/4')).error?.code).toBe('sink-busy');
    await expectOthersUnaffected();
  });

  const piece = { do: 'piece', apply: 0, n: 0, kind: 'data', offset: 0, length: BLOCK };
  const bytes = Buffer.alloc(BLOCK, 1);

  it.each([
    ['beyond the end', { ...piece, offset: 10 * BLOCK }, bytes],
    ['far beyond the end', { ...piece, offset: Number.MAX_SAFE_INTEGER - 4095 }, bytes],
    ['of zeros over the end', { ...piece, kind: 'zero', length: 11 * BLOCK }, undefined],
    ['that is not aligned', { ...piece, offset: 512 }, bytes],
    ['with less data than it says', { ...piece, length: 2 * BLOCK }, bytes],
    ['without its data', piece, undefined],
    ['of zeros, with data', { ...piece, kind: 'zero' }, bytes],
    ['that is the 100th', { ...piece, n: 100 }, bytes],
    ['of a writing that has not begun', { ...piece, apply: 3 }, bytes],
    ['at a negative offset', { ...piece, offset: -BLOCK }, bytes],
    ['at no number', { ...piece, offset: 1e300 }, bytes],
    ['of another kind', { ...piece, kind: 'rm' }, bytes],
    ['with more to it', { ...piece, path: '/etc' }, bytes],
    ['that is none', { do: 'piece' }, bytes],
    ['that is no request', { do: 'constructor' }, bytes],
    ['that has no name', [], bytes],
  ])('refuse a piece %s, and go on', async (_name, head, body) => {
    const session = await beginVolume();
    const raw = await peer();
    const good = requestOf(2, piece, bytes);
    const finish = requestOf(3, { do: 'finish', apply: 0, count: 1 });
    const frames = [
      requestOf(1, head, body),
      good,
      finish,
      { type: FRAME.end, head: { frames: 4 } },
    ];
    const told = await raw.channel(session, frames);
    expect(codes(told)).toEqual([[1, 'message-invalid']]);
    expect(told.filter(({ type }) => type === FRAME.reply).map(({ id }) => id)).toEqual([2, 3]);
    const { head: volume } = alpha.volumes.dataset(`pool/${SOURCE}`);
    expect(volume.equals(Buffer.concat([bytes, Buffer.alloc(9 * BLOCK)]))).toBe(true);
  });

  it('go on under a lock of their own source only', async () => {
    const raw = await peer();
    const lock = newId();
    await raw.call('lock', { on: VOLUMES, source: 'rbd/other', session: lock });
    await expect(beginVolume({ lock })).rejects.toMatchObject({ code: 'message-invalid' });
    await expect(beginVolume({ lock: newId() })).rejects.toMatchObject({ code: 'session-lost' });
  });

  it('refuse pieces that go back', async () => {
    const session = await beginVolume();
    const frames = [
      requestOf(1, { ...piece, offset: BLOCK }, bytes),
      requestOf(2, { ...piece, n: 1, offset: 0 }, bytes),
      { type: FRAME.end, head: { frames: 3 } },
    ];
    const told = await (await peer()).channel(session, frames);
    expect(codes(told)).toContainEqual([2, 'message-invalid']);
    expect(alpha.volumes.dataset(`pool/${SOURCE}`).head.readUInt8(0)).toBe(0);
  });

  it('do a request once that comes again, also beside itself', async () => {
    const session = await beginVolume();
    const raw = await peer();
    let writes = 0;
    alpha.volumes.at('write', () => void writes++);
    const one = requestOf(1, piece, bytes);
    const end = (frames: number): FrameToSend => ({ type: FRAME.end, head: { frames } });
    const told = await Promise.all([
      raw.channel(session, [one, one, end(3)]),
      raw.channel(session, [one, end(2)]),
    ]);
    expect(told.flatMap(codes)).toEqual([]);
    expect((await raw.channel(session, [one, end(2)])).map(({ type }) => type)).toContain(
      FRAME.reply,
    );
    expect(writes).toBe(1);
  });

  it.each([
    ['a receipt for itself', [requestOf(1, { do: 'stop', apply: 0 }, undefined, 2)]],
    ['a number far ahead', [requestOf(5000, { do: 'stop', apply: 0 })]],
    ['a reply', [{ type: FRAME.reply, id: 1 }]],
    ['a wrong count at the end', [{ type: FRAME.end, head: { frames: 9 } }]],
    ['a frame after the end', [{ type: FRAME.end, head: { frames: 1 } }, { type: FRAME.ping }]],
    ['bytes that are no frame', [Buffer.alloc(64, 0xff)]],
    ['a frame that is cut off', [Buffer.alloc(5, 1)]],
  ])('end a connection with %s, and stay', async (_name, frames) => {
    const session = await beginVolume();
    const raw = await peer();
    const told = await raw.channel(session, frames);
    expect(codes(told)).toEqual([[0, expect.stringMatching(/^message-/)]]);
    const end = { type: FRAME.end, head: { frames: 2 } };
    const again = await raw.channel(session, [requestOf(1, piece, bytes), end]);
    expect(codes(again)).toEqual([]);
  });

  describe('whose pieces come compressed', () => {
    const ZSTD = { features: ['zstd'] };
    const whole = { ...piece, length: 4 * 1024 * 1024 };
    const four = Buffer.alloc(whole.length);
    const compressedAs = (head: object, body: Buffer, compressed: Uint8Array): FrameToSend => ({
      ...requestOf(1, head, body),
      compressed,
    });
    const end = { type: FRAME.end, head: { frames: 2 } };

    it('take them when that was agreed on, and not when it was not', async () => {
      const raw = await peer();
      const sent = [compressedAs(piece, bytes, zstdCompressSync(bytes)), end];
      const refused = codes(await raw.channel(await beginVolume(), sent));
      expect(refused).toEqual([[0, 'message-invalid']]);
      const { head } = alpha.volumes.dataset(`pool/${SOURCE}`);
      expect(head.readUInt8(0)).toBe(0);
      await sink[Symbol.asyncDispose]();
      sink = await startSink(clients(), LIMITS);
      const session = await beginVolume(ZSTD);
      expect(codes(await (await peer()).channel(session, sent))).toEqual([]);
      expect(alpha.volumes.dataset(`pool/${SOURCE}`).head.subarray(0, BLOCK)).toEqual(bytes);
    });

    it('cannot be agreed on as something that the sink does not know', async () => {
      const begun = beginVolume({ features: ['zstd', 'lzma'] });
      await expect(begun).rejects.toMatchObject({ code: 'message-invalid' });
    });

    it.each([
      ['that expand to 32 MiB', four, zstdCompressSync(Buffer.alloc(32 * 1024 * 1024))],
      ['that are longer than they say', bytes, zstdCompressSync(Buffer.alloc(BLOCK + 1, 1))],
      ['that are shorter than they say', bytes, zstdCompressSync(Buffer.alloc(BLOCK - 1, 1))],
      ['that are cut off', bytes, zstdCompressSync(bytes).subarray(0, -1)],
      ['that are no Zstandard', bytes, Buffer.alloc(100, 0x5a)],
      ['that do not shrink', bytes, Buffer.alloc(BLOCK)],
      ['that say nothing', bytes, Buffer.alloc(0)],
    ])('end a connection with pieces %s, write nothing, and stay', async (_name, body, sent) => {
      const session = await beginVolume(ZSTD);
      const raw = await peer();
      const head = { ...piece, length: body.length };
      const told = await raw.channel(session, [compressedAs(head, body, sent), end]);
      expect(codes(told)).toEqual([[0, expect.stringMatching(/^message-/)]]);
      expect(alpha.volumes.dataset(`pool/${SOURCE}`).head.readUInt8(0)).toBe(0);
      const again = await raw.channel(session, [requestOf(1, piece, bytes), end]);
      expect(codes(again)).toEqual([]);
      await expectOthersUnaffected();
    });

    it('end a connection with a length that no body has, before its bytes come', async () => {
      const session = await beginVolume(ZSTD);
      const [header = Buffer.alloc(0)] = encodeFrame(compressedAs(whole, four, Buffer.alloc(9)));
      header.writeUInt32LE(4 * 1024 * 1024 + 1, 4);
      const told = await (await peer()).channel(session, [header], 'open');
      expect(codes(told)).toEqual([[0, 'message-invalid']]);
    });

    it('keep nobody else waiting who backs up, however many of them are bombs', async () => {
      const session = await beginVolume(ZSTD);
      const raw = await peer();
      const bomb = zstdCompressSync(Buffer.alloc(32 * 1024 * 1024));
      const told = Promise.all(
        Array.from({ length: LIMITS.connectionsOfClient - 2 }, (_, n) =>
          raw.channel(session, [{ ...compressedAs(whole, four, bomb), id: n + 1 }, end]),
        ).map((channel) => channel.then(codes)),
      );
      await expectOthersUnaffected();
      for (const code of await told) expect(code).toEqual([[0, 'message-damaged']]);
    });
  });

  it('take no more requests at once than they say', async () => {
    const session = await beginVolume();
    const held = Array.from({ length: 8 }, (_, n) =>
      requestOf(n + 1, { do: 'finish', apply: 0, count: 1 }),
    );
    const told = await (await peer()).channel(session, held, 'open');
    expect(codes(told)).toContainEqual([0, 'sink-busy']);
  });

  it('of a client that says nothing any more lose their connection', async () => {
    await loseItsPatience();
    const session = await beginVolume();
    const told = await (await peer()).channel(session, [], 'open');
    expect(codes(told)).toEqual([[0, 'sink-unreachable']]);
  });
});

describe('the transfer of a tree', () => {
  const task = (path: string) =>
    Buffer.from(
      packTask(
        Buffer.from(path, 'latin1'),
        entryOf('x', 'file', { size: 1 }),
        detailsOf({ data: Buffer.from('x') }),
      ),
    );

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

  const ENTRY = encodeEntry(entryOf('x', 'file', { size: 4 }));
  const blobs = (...parts: readonly (string | Buffer)[]) =>
    Buffer.from(
      packBlobs(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
    );

  it.each([
    ['put-file', {}, task('../../etc/passwd')],
    ['put-file', {}, task('/etc/passwd')],
    ['put-file', {}, task('a/./b')],
    ['put-file', {}, task('a\0b')],
    ['put-file', {}, task('')],
    ['put-file', {}, task('x').subarray(0, 50)],
    ['put-file', {}, Buffer.alloc(3)],
    ['put-special', {}, task('..')],
    ['set-metadata', { links: false }, task('a/../..')],
    ['make-directory', {}, blobs('../x', ENTRY)],
    ['make-directory', {}, blobs('x', ENTRY.subarray(0, 20))],
    ['make-directory', {}, blobs('x')],
    ['move', {}, blobs('a', '/b')],
    ['move', {}, blobs('../a', 'b')],
    ['link', {}, blobs('/etc/shadow', 'b', ENTRY)],
    ['remove', {}, blobs('..')],
    ['remove', {}, blobs('')],
    ['list', { list: 1 }, blobs('../..')],
    ['list-more', { list: 7 }, undefined],
    ['count', {}, blobs('/')],
    ['compare', { count: 1 }, blobs('', encodeEntry(entryOf('..', 'file')))],
    ['compare', { count: 2 }, blobs('', ENTRY)],
    ['compare', { count: 60_000 }, blobs('', ENTRY)],
    ['compare', { count: 0 }, blobs('', ENTRY)],
    ['open-file', { file: 1 }, blobs('a/../../b', ENTRY)],
    ['write-file', { file: 9, kind: 'zero', offset: 0, length: 1 }, undefined],
    ['checkpoint-file', { file: 9, offset: 1 }, undefined],
    ['finish-file', { file: 9 }, Buffer.from(packBlobs(detailBlobs(detailsOf())))],
  ])('refuses %s with %j and a body that leads elsewhere, or nowhere', async (name, head, body) => {
    const session = await beginTree();
    const raw = await peer();
    const frames = [
      requestOf(1, { do: name, ...head }, body),
      { type: FRAME.end, head: { frames: 2 } },
    ];
    expect(codes(await raw.channel(session, frames))).toEqual([
      [1, expect.stringMatching(/^(?:message|name)-invalid$/)],
    ]);
    const [dataset] = alpha.trees.datasets.values();
    expect(dataset?.tree.paths()).toEqual([]);
  });

  it('answers what was asked for before the last frame', async () => {
    const session = await beginTree();
    const frames = [
      requestOf(1, { do: 'put-file' }, task('f')),
      { type: FRAME.end, head: { frames: 2 } },
    ];
    const told = await (await peer()).channel(session, frames);
    expect(told.map(({ type, id }) => [type, id])).toContainEqual([FRAME.reply, 1]);
  });

  it('refuses to write beyond the size that a file will have', async () => {
    const session = await beginTree();
    const frames = [
      requestOf(1, { do: 'open-file', file: 1 }, blobs('f', ENTRY)),
      requestOf(2, { do: 'write-file', file: 1, kind: 'zero', offset: 2, length: 3 }),
      requestOf(3, { do: 'checkpoint-file', file: 1, offset: 5 }),
      requestOf(4, { do: 'open-file', file: 1 }, blobs('g', ENTRY)),
      { type: FRAME.end, head: { frames: 5 } },
    ];
    const told = codes(await (await peer()).channel(session, frames));
    expect(told.map(([id]) => id).toSorted()).toEqual([2, 3, 4]);
  });
});

describe('connections', () => {
  it('are bounded for each client, and one too many is told so', async () => {
    const tls = await pki.client('alpha');
    const sockets = await Promise.all(
      Array.from({ length: LIMITS.connectionsOfClient }, async () => {
        const socket = connect({ port: sink.port, host: '127.0.0.1', ...tls });
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        return socket;
      }),
    );
    const raw = await peer();
    const told = await raw.call('sources', { on: VOLUMES });
    expect(told).toMatchObject({ status: 503, error: { code: 'sink-busy', retry: 'backoff' } });
    await expectOthersUnaffected();
    for (const socket of sockets) socket.destroy();
  });

  it('that never say who they are lose their place, and others get in', async () => {
    await loseItsPatience();
    const sockets = Array.from({ length: 500 }, () => {
      const socket = connectTcp(sink.port, '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    await Promise.all(sockets.map((socket) => closed(socket)));
    await expectOthersUnaffected();
  });

  it('that are still in their handshake do not keep a sink from ending', async () => {
    const socket = connectTcp(sink.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const before = performance.now();
    const ended = closed(socket);
    await sink[Symbol.asyncDispose]();
    await ended;
    expect(performance.now() - before).toBeLessThan(LIMITS.arrivalMs / 2);
    sink = await startSink(clients(), LIMITS);
  });
});
