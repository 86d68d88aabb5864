import { randomFillSync } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Extent, MAX_PIECE_BYTES, type Piece } from '../src/core/extent.ts';
import { readPieces } from '../src/jobs/pieces.ts';
import { alignExtents, totalBytes } from '../src/jobs/volume/align.ts';
import { createWindow } from '../src/lib/window.ts';
import { allocateAligned } from '../src/native/memory.ts';
import { createBuffers } from '../src/runner/buffers.ts';
import { openRbdCatalog } from '../src/source/rbd/catalog.ts';
import { writePiece } from '../src/target/zfs/block-writer.ts';

/**
 * Parts of the engine, alone and together, as they are wired in a run:
 *   engine.ts read IMAGE SNAPSHOT            read everything, write nothing
 *   engine.ts copy IMAGE SNAPSHOT DEVICE     read everything, write it to a block device
 *   engine.ts write BYTES DEVICE             write data from memory to a block device
 * Prints one line of JSON: bytes, and the peak of resident memory in KiB.
 */
const MEMORY = 64 * 1024 * 1024;
const BLOCK = 16 * 1024;

const signal = new AbortController().signal;
const { split, copying: pool } = createBuffers(MEMORY);

async function readImage(
  image: string,
  snapshotName: string,
  use: (pieces: AsyncIterable<Piece>) => Promise<void>,
): Promise<number> {
  const conf = process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf';
  await using catalog = await openRbdCatalog({ conf, user: 'admin' }, signal);
  await using source = await catalog.open(image, signal);
  const found = (await source.snapshots(signal)).find(({ name }) => name === snapshotName);
  if (found === undefined) throw new Error(`no snapshot ${image}@${snapshotName}`);
  await using snapshot = await source.openSnapshot(found, signal);
  const { extents } = await snapshot.diff(null, 'exact', signal);
  const options = { blockSize: BLOCK, size: snapshot.size, baseSize: null };
  const aligned: readonly Extent[] = alignExtents(extents, options);
  await use(
    readPieces(snapshot, aligned, {
      pool,
      depth: split.copying,
      signal,
      pace: async () => undefined,
    }),
  );
  return totalBytes(aligned);
}

async function drop(pieces: AsyncIterable<Piece>): Promise<void> {
  for await (const piece of pieces) if (piece.kind === 'data') piece.lease.release();
}

async function writeTo(path: string, pieces: AsyncIterable<Piece>): Promise<void> {
  const flags = constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT;
  const device: FileHandle = await open(path, flags);
  const window = createWindow(split.writing);
  const how = { device, blockSize: BLOCK, fresh: true, compare: null, signal };
  for await (const piece of pieces) {
    await window.add(async () => void (await writePiece(piece, how)));
  }
  await window.drain();
  await device.sync();
  await device.close();
}

/** Pieces of data that does not compress, without the cost of making it each time. */
async function* fromMemory(bytes: number): AsyncGenerator<Piece> {
  const buffers = Array.from({ length: 8 }, () => randomFillSync(allocateAligned(MAX_PIECE_BYTES)));
  for (let offset = 0, index = 0; offset < bytes; offset += MAX_PIECE_BYTES, index++) {
    const lease = { buffer: buffers[index % 8] ?? Buffer.alloc(0), release: () => undefined };
    yield { kind: 'data', offset, length: MAX_PIECE_BYTES, lease };
  }
}

const [mode, first = '', second = '', third = ''] = process.argv.slice(2);
let bytes = 0;
if (mode === 'read') bytes = await readImage(first, second, drop);
else if (mode === 'copy')
  bytes = await readImage(first, second, (pieces) => writeTo(third, pieces));
else if (mode === 'write') await writeTo(second, fromMemory((bytes = Number(first))));
else throw new Error(`read, copy or write; not ${mode}`);
console.log(JSON.stringify({ bytes, maxRssKiB: process.resourceUsage().maxRSS }));
