import { randomBytes, randomInt } from 'node:crypto';
import { openWriter } from '../test/support/rbd-writer.ts';

/**
 * Changes an image for a benchmark:
 *   mutate.ts POOL/IMAGE fill BYTES      incompressible data from the start on
 *   mutate.ts POOL/IMAGE spread BYTES    whole objects of it, all over a thin image
 *   mutate.ts POOL/IMAGE scatter COUNT   pieces of 4 KiB at random
 */
const OBJECT = 4 * 1024 * 1024;
const PIECE = 4096;

const [spec = '', mode, amount = '0'] = process.argv.slice(2);
const [pool = '', image = ''] = spec.split('/');
await using writer = await openWriter(pool, '', image);
const size = writer.size();

/** Starts at most 8 writes at a time. */
async function writeAll(count: number, offsetOf: (index: number) => number, bytes: number) {
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      await writer.write(offsetOf(index), randomBytes(bytes));
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
}

if (mode === 'fill') {
  await writeAll(Math.floor(Number(amount) / OBJECT), (index) => index * OBJECT, OBJECT);
} else if (mode === 'spread') {
  const count = Math.floor(Number(amount) / OBJECT);
  const step = Math.floor(size / OBJECT / count) * OBJECT;
  await writeAll(count, (index) => index * step, OBJECT);
} else if (mode === 'scatter') {
  await writeAll(Number(amount), () => randomInt(Math.floor(size / PIECE)) * PIECE, PIECE);
} else {
  throw new Error(`fill, spread or scatter; not ${mode}`);
}
