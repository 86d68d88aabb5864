import { PassThrough } from 'node:stream';
import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteReader, type ByteReaderOptions } from './byte-reader.ts';

const KIB = 1024;

function readerOf(stream: PassThrough, options: Partial<ByteReaderOptions> = {}): ByteReader {
  return new ByteReader(stream, { silentMs: 60_000, ...options });
}

/** What was written in chunks of these lengths, read in parts of those. */
async function throughReader(
  chunks: readonly Buffer[],
  lengths: readonly number[],
): Promise<Buffer> {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  const parts: Buffer[] = [];
  const reading = (async () => {
    for (const length of lengths) parts.push(await reader.take(length));
  })();
  for (const [index, chunk] of chunks.entries()) {
    stream.write(chunk);
    if (index % 3 === 0) await soon();
  }
  stream.end();
  await reading;
  return Buffer.concat(parts);
}

it('gives the bytes that came, however they were cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
      async (chunks, wanted) => {
        const bytes = Buffer.concat(chunks);
        let left = bytes.length;
        const lengths = wanted.map((length) => {
          const some = Math.min(length, left);
          left -= some;
          return some;
        });
        const read = await throughReader(
          chunks.map((chunk) => Buffer.from(chunk)),
          lengths,
        );
        expect(read.equals(bytes.subarray(0, bytes.length - left))).toBe(true);
      },
    ),
  );
});

it('fills memory, looks at what it drops, and gives the rest', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  const into = Buffer.alloc(4);
  const filled = reader.fill(into);
  stream.write('ab');
  await soon();
  stream.write('cdefghi');
  await filled;
  expect(into.toString()).toBe('abcd');
  const seen: string[] = [];
  await reader.drop(3, (part) => void seen.push(part.toString()));
  expect(seen.join('')).toBe('efg');
  stream.end('jk');
  expect(String(await reader.rest(100))).toBe('hijk');
});

it('does not give a rest that is too long', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  stream.write(Buffer.alloc(200 * KIB));
  expect(await reader.rest(100 * KIB)).toBe(null);
});

it('tells an end before the first byte from one in the middle', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  stream.end('abc');
  expect(String(await reader.take(2, 'none'))).toBe('ab');
  await expect(reader.take(2, 'none')).rejects.toMatchObject({ code: 'message-damaged' });
  expect(await reader.take(2, 'none')).toBe(null);
  expect(await reader.take(0)).toEqual(Buffer.alloc(0));
});

it('holds no more than some chunks that nobody asks for', async () => {
  const stream = new PassThrough({ highWaterMark: 16 * KIB });
  const reader = readerOf(stream);
  let written = 0;
  for (let n = 0; n < 1000 && stream.write(Buffer.alloc(16 * KIB)); n++) {
    written += 16 * KIB;
    await soon();
  }
  expect(written).toBeLessThan(512 * KIB);
  stream.end();
  expect((await reader.rest(KIB * KIB))?.length).toBe(written + 16 * KIB);
});

it('gives up when nothing comes, but not while nobody asks', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream, { silentMs: 60 });
  stream.write('ab');
  await reader.take(1);
  await sleep(200);
  await reader.take(1);
  await expect(reader.take(1)).rejects.toMatchObject({ code: 'sink-unreachable' });
  expect(stream.destroyed).toBe(false);
});

it('waits as long as something comes', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream, { silentMs: 200 });
  const all = reader.take(20);
  for (let n = 0; n < 20; n++) {
    stream.write('a');
    await sleep(25);
  }
  expect((await all).length).toBe(20);
});

it('fails as the stream does, after what came before', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  stream.write('a');
  await soon();
  stream.destroy(new Error('the cable is out'));
  expect(String(await reader.take(1))).toBe('a');
  await expect(reader.take(1)).rejects.toThrow('the cable is out');
});

it('fails when a stream is closed before its end', async () => {
  const stream = new PassThrough();
  const taking = readerOf(stream).take(1);
  stream.destroy();
  await expect(taking).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
});

it('leaves the rest on a stream when it is closed', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream);
  stream.write('a');
  await reader.take(1);
  reader.close();
  stream.write('b');
  await soon();
  expect(String(stream.read())).toBe('b');
});

it('counts all that comes, and goes at a pace', async () => {
  const stream = new PassThrough({ highWaterMark: KIB * KIB });
  const paces: number[] = [];
  let free: () => void = () => undefined;
  let came = 0;
  const reader = readerOf(stream, {
    onBytes: (count) => (came += count),
    pace: (bytes) => {
      paces.push(bytes);
      return new Promise((resolve) => {
        free = resolve;
      });
    },
  });
  const taking = reader.take(100 * KIB);
  stream.write(Buffer.alloc(100 * KIB));
  await soon();
  expect(paces).toEqual([64 * KIB]);
  free();
  await soon();
  expect(paces).toEqual([64 * KIB, 36 * KIB]);
  free();
  expect((await taking).length).toBe(100 * KIB);
  expect(came).toBe(100 * KIB);
});

it('does not wait for its pace when the stream has failed', async () => {
  const stream = new PassThrough();
  const reader = readerOf(stream, {
    pace: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const taking = reader.take(1);
  stream.write('a');
  await soon();
  stream.destroy(new Error('the cable is out'));
  await expect(taking).rejects.toThrow('the cable is out');
});
