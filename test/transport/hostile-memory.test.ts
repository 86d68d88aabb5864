import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { packBlobs } from '../../src/core/blobs.ts';
import { encodeEntry } from '../../src/core/entry.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { encodeFrame, FRAME, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import { entryOf } from '../contract/plain-tree.ts';
import { newId, rawPeer } from '../support/raw-peer.ts';
import { pki } from '../support/sink.ts';
import { startSinkProcess } from '../support/sink-in-process.ts';

const MIB = 1024 * 1024;
const PIECE = 4 * MIB;
const MEMORY = 96 * MIB;
/** What docs/sink-limits.md has beside `memory`. */
const OF_CLIENT = 19 * MIB;
const OF_TRANSFER = 8 * MIB;
const OF_CONNECTION = 0.3 * MIB;
/** What the garbage collector has not collected yet. */
const SLACK = 64 * MIB;
const LIMITS = {
  memory: MEMORY,
  connections: 120,
  connectionsOfClient: 60,
  sessionsOfClient: 64,
  handshakes: 40,
  heartbeatMs: 1000,
  silentMs: 60_000,
  arrivalMs: 60_000,
  sessionMs: 4000,
};
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const DIRECTORY = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' } as const;
const VOLUMES = { kind: 'volumes' } as const;
const TREES = { kind: 'trees', filesystem: 'fs' } as const;
const signal = new AbortController().signal;

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let sink: Awaited<ReturnType<typeof startSinkProcess>>;

beforeEach(async () => {
  sink = await startSinkProcess(LIMITS);
});
afterEach(() => sink[Symbol.asyncDispose]());

/** A client that takes whatever it can get, and gives nothing back. */
async function createAttacker(name: string) {
  const peer = rawPeer(sink.port, await pki.client(name));
  const open: { destroy(): unknown }[] = [];

  /** A connection on which this much is sent, without an end. */
  function hold(path: string, ...parts: readonly Buffer[]): void {
    const sent = peer.begin(path);
    sent.on('error', () => undefined);
    sent.on('response', (response) => response.on('error', () => undefined));
    for (const part of parts) sent.write(part);
    open.push(sent);
  }

  /** A channel on which this much is sent, without an end; there may be too many already. */
  function holdChannel(session: string, ...parts: readonly Buffer[]): void {
    peer.open(session).then(
      (socket) => {
        for (const part of parts) socket.write(part);
        open.push(socket);
      },
      () => undefined,
    );
  }

  async function begin(call: 'begin-volume' | 'begin-tree', n: number) {
    const isVolume = call === 'begin-volume';
    const source = isVolume ? `rbd/${n}` : `/home/${n}`;
    const identity = isVolume ? IDENTITY : DIRECTORY;
    const on = isVolume ? VOLUMES : TREES;
    const created = await peer.call('create', { on, source, identity });
    const { dataset } = created.answer as { readonly dataset: string };
    const session = newId();
    const about = { source, identity, base: null, description: {} };
    const order = isVolume
      ? { ...about, snapshot: image(1024 * PIECE), checkpoint: null, compare: false }
      : { ...about, snapshot: TREE, resume: false, youngSince: '0', size: 1 };
    const told = await peer.call(call, { on, dataset, session, lock: null, order });
    const { pieces = 0 } = (told.answer ?? {}) as { readonly pieces?: number };
    return { session, pieces, code: told.error?.code };
  }

  return {
    hold,
    holdChannel,
    begin,
    peer,
    end: () => {
      for (const one of open) one.destroy();
    },
  };
}

const TREE = { name: 's1', id: '1', takenAt: 5 };

function image(size: number) {
  return { name: 's1', id: '7', size, group: null, isProtected: false };
}

function frame(id: number, head: object, body?: Buffer): Buffer {
  const sent: FrameToSend = {
    type: FRAME.request,
    id,
    receipt: 1,
    head,
    ...(body ? { body } : {}),
  };
  return Buffer.concat(encodeFrame(sent));
}

/** Pieces of which the first never comes, so that none can be written. */
function heldPieces(count: number): Buffer[] {
  const body = Buffer.alloc(PIECE, 1);
  return Array.from({ length: count }, (_, n) => {
    const head = { do: 'piece', apply: 0, n: n + 1, kind: 'data', offset: (n + 1) * PIECE };
    return frame(n + 1, { ...head, length: PIECE }, body);
  });
}

/** Batches to compare whose verdicts are never said to have arrived. */
function comparisons(count: number): Buffer[] {
  const entry = encodeEntry(entryOf('x', 'file'));
  const entries = Buffer.concat(Array.from({ length: 4096 }, () => entry));
  const body = Buffer.from(packBlobs([Buffer.alloc(0), entries]));
  return Array.from({ length: count }, (_, n) =>
    frame(n + 1, { do: 'compare', count: 4096 }, body),
  );
}

/** A request whose body lacks its last byte. */
function almost(id: number, head: object, bytes: number): Buffer {
  return frame(id, head, Buffer.alloc(bytes)).subarray(0, -1);
}

/** Opens all that there is to open; tells how many transfers those were. */
async function attack(attacker: Awaited<ReturnType<typeof createAttacker>>): Promise<number> {
  let transfers = 0;
  for (const call of ['begin-tree', 'begin-volume'] as const) {
    for (let n = 0; n < (call === 'begin-tree' ? 2 : 8); n++) {
      const { session, code } = await attacker.begin(call, n);
      if (code !== undefined) {
        expect(code).toBe('sink-busy');
        break;
      }
      transfers++;
      if (call === 'begin-volume') attacker.holdChannel(session, ...heldPieces(8));
      else {
        attacker.holdChannel(session, ...comparisons(200));
        for (const id of [800, 801, 802, 803, 804, 805]) {
          attacker.holdChannel(session, almost(id, { do: 'put-file' }, MIB));
        }
        const write = { do: 'write-file', file: 1, kind: 'data', offset: 0, length: PIECE };
        for (const id of [810, 811, 812, 813, 814, 815]) {
          attacker.holdChannel(session, almost(id, write, PIECE));
        }
      }
    }
  }
  for (let n = 0; n < 20; n++) attacker.hold('/v1/check', Buffer.alloc(MIB - 1, ' '));
  return transfers;
}

it('clients that take whatever they can get hold no more than the sink grants, and others go on', async () => {
  const before = await sink.memory();
  const attackers = [await createAttacker('bad-1'), await createAttacker('bad-2')];
  const silent = Array.from({ length: 200 }, () => {
    const socket = connectTcp(sink.port, '127.0.0.1');
    return socket.on('error', () => undefined);
  });
  let transfers = 0;
  for (const attacker of attackers) transfers += await attack(attacker);
  expect(transfers).toBeGreaterThan(3);
  await sink.settled();
  await pushAsIfNothingWere();
  const { peak } = await sink.memory();
  const { connections, handshakes } = LIMITS;
  const stated =
    MEMORY +
    attackers.length * OF_CLIENT +
    transfers * OF_TRANSFER +
    (connections + handshakes) * OF_CONNECTION;
  expect((peak - before.now) / MIB).toBeLessThan((stated + SLACK) / MIB);

  for (const attacker of attackers) attacker.end();
  for (const socket of silent) socket.destroy();
  // Everything comes back once their sessions are given up.
  await expect
    .poll(async () => (await (await createAttacker('bad-3')).begin('begin-volume', 1)).pieces, {
      timeout: 60_000,
      interval: 500,
    })
    .toBeGreaterThan(1);
  expect(sink.isAlive).toBe(true);
});

/** A good client backs up an image of a few pieces. */
async function pushAsIfNothingWere(): Promise<void> {
  const url = new URL(`https://127.0.0.1:${sink.port}`);
  const tls = await pki.client('good');
  await using catalog = createRemoteVolumes({ url, tls, channels: 3 });
  const target = await catalog.create('rbd/good', IDENTITY, signal);
  const size = 6 * PIECE;
  const about = { source: 'rbd/good', identity: IDENTITY, snapshot: image(size), base: null };
  const order = { ...about, checkpoint: null, description: {}, compare: false };
  await using writer = await target.begin(order, signal);
  const bytes = Buffer.alloc(PIECE, 7);
  async function* pieces() {
    for (let offset = 0; offset < size; offset += PIECE) {
      const lease = { buffer: bytes, release: () => undefined };
      yield { kind: 'data' as const, offset, length: PIECE, lease };
    }
  }
  await writer.apply(pieces(), { signal });
  expect(await writer.holds(5 * PIECE, bytes, signal)).toBe(true);
  expect(await writer.commit(signal)).toMatchObject({ name: 's1' });
}
