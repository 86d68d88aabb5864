import { randomFillSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Piece } from '../../src/core/extent.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import type { SinkClientOptions } from '../../src/transport/client/options.ts';
import { createRemoteTrees, createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { memoryClient, startSink } from '../support/sink.ts';
import { type SlowLink, startSlowLink } from '../support/slow-link.ts';

const MIB = 1024 * 1024;
const BLOCK = 4096;
const SOURCE = 'rbd/image';
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const DIRECTORY = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' } as const;
const signal = new AbortController().signal;

const memory = () => memoryClient({ blockSize: BLOCK });
let backend: ReturnType<typeof memory>;
let sink: Awaited<ReturnType<typeof startSink>>;
let link: SlowLink;

beforeEach(async () => {
  backend = memory();
  sink = await startSink({ alpha: backend.client });
  link = await startSlowLink(sink.port);
});
afterEach(async () => {
  await link[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

type Compress = NonNullable<SinkClientOptions['compress']>;

function optionsFor(compress: Compress): Promise<SinkClientOptions> {
  const url = new URL(`https://127.0.0.1:${link.port}`);
  return sink.optionsFor('alpha', { url, compress });
}

/** Pieces of an image, whose memory is used for something else as soon as it is given back. */
async function* piecesOf(image: Buffer): AsyncGenerator<Piece> {
  for (let offset = 0; offset < image.length; offset += MIB / 8) {
    const buffer = Buffer.from(image.subarray(offset, offset + MIB / 8));
    const lease = { buffer, release: () => void buffer.fill(0xee) };
    yield { kind: 'data', offset, length: buffer.length, lease };
  }
}

async function pushImage(image: Buffer, compress: Compress): Promise<Buffer | undefined> {
  await using catalog = createRemoteVolumes(await optionsFor(compress));
  const target = await catalog.create(SOURCE, IDENTITY, signal);
  const snapshot = { name: 's1', id: '7', size: image.length, group: null, isProtected: false };
  const about = { base: null, checkpoint: null, description: {}, compare: false };
  const order = { source: SOURCE, identity: IDENTITY, snapshot, ...about };
  await using writer = await target.begin(order, signal);
  await writer.apply(piecesOf(image), { signal });
  await writer.commit(signal);
  return backend.volumes.dataset(target.dataset).snapshots[0]?.data;
}

/** Three halves of a MiB that shrink to a few KiB, and one that does not shrink. */
const IMAGE = Buffer.concat([
  Buffer.alloc(0.75 * MIB, 'what comes again and again '),
  randomFillSync(Buffer.alloc(0.5 * MIB)),
  Buffer.alloc(0.75 * MIB, 'and again '),
]);

describe('an image that is pushed', () => {
  it.each([
    ['always', 0.5, 0.75],
    ['never', 2, 2.25],
    // It does not know yet how fast the link is.
    ['auto', 0.5, 2],
  ] as const)(
    'compressed %s arrives whole, and goes in as many bytes',
    async (way, least, most) => {
      expect((await pushImage(IMAGE, way))?.equals(IMAGE)).toBe(true);
      expect(link.passed).toBeGreaterThan(least * MIB);
      expect(link.passed).toBeLessThan(most * MIB);
    },
  );
});

describe('files that are pushed', () => {
  const SMALL = IMAGE.subarray(0, 50_000);

  async function pushFiles(compress: Compress): Promise<void> {
    await using catalog = createRemoteTrees(await optionsFor(compress), 'fs');
    const target = await catalog.create('/home', DIRECTORY, signal);
    const snapshot = { name: 's1', id: '1', takenAt: 5 };
    const about = { source: '/home', identity: DIRECTORY, snapshot, base: null, resume: false };
    const order = { ...about, description: {}, size: 1, youngSince: 0n };
    await using writer = await target.begin(order, signal);
    for (let count = 0; count < 20; count++) {
      const entry = entryOf(`small-${count}`, 'file', { size: SMALL.length });
      await writer.putFile(entry.name, entry, detailsOf({ data: SMALL }), signal);
    }
    const entry = entryOf('large', 'file', { size: IMAGE.length });
    await using file = await writer.openFile(entry.name, entry, signal);
    for await (const piece of piecesOf(IMAGE)) await file.write(piece, signal);
    await file.finish(detailsOf(), signal);
    const tree = [...backend.trees.datasets.values()][0]?.tree;
    expect(tree?.at('large').data.equals(IMAGE)).toBe(true);
    expect(tree?.at('small-19').data.equals(SMALL)).toBe(true);
  }

  it.each([
    ['always', 0.5, 0.75],
    ['never', 2.9, 3.2],
  ] as const)(
    'compressed %s go in as many bytes, small ones and large',
    async (way, least, most) => {
      await pushFiles(way);
      expect(link.passed).toBeGreaterThan(least * MIB);
      expect(link.passed).toBeLessThan(most * MIB);
    },
  );
});
