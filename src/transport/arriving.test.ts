import { PassThrough } from 'node:stream';
import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Arrived, arriving, bytesOf, paced } from './arriving.ts';

const LONG_MS = 60_000;
const KIB = 1024;

async function all(arrivals: AsyncIterable<Arrived>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const arrived of arrivals) chunks.push(...arrived);
  return Buffer.concat(chunks);
}

it('gives all that comes, in its order', async () => {
  const stream = new PassThrough();
  const coming = all(arriving(stream, LONG_MS));
  for (let n = 0; n < 50; n++) {
    stream.write(Buffer.from([n]));
    if (n % 7 === 0) await soon();
  }
  stream.end();
  expect([...(await coming)]).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

it('gathers what is there before anybody looks', async () => {
  const stream = new PassThrough();
  const arrivals = arriving(stream, LONG_MS);
  const first = arrivals.next();
  for (let n = 0; n < 10; n++) stream.write(Buffer.from([n]));
  expect((await first).value).toHaveLength(10);
});

it('gives what came before the end, and is then at its end; also of a stream that had ended already', async () => {
  const stream = new PassThrough();
  stream.end('whole');
  await soon();
  expect((await all(arriving(stream, LONG_MS))).toString()).toBe('whole');
  expect((await all(arriving(stream, LONG_MS))).toString()).toBe('');
});

it('holds no more than some chunks that nobody looks at', async () => {
  const stream = new PassThrough({ highWaterMark: 16 * KIB });
  const arrivals = arriving(stream, LONG_MS);
  const first = arrivals.next();
  let written = 0;
  for (let n = 0; n < 1000 && stream.write(Buffer.alloc(16 * KIB)); n++) {
    written += 16 * KIB;
    await soon();
  }
  expect(written).toBeLessThan(512 * KIB);
  // Who looks gets the rest, too.
  stream.end();
  const rest = await all(arrivals);
  expect(bytesOf((await first).value as Arrived) + rest.length).toBe(written + 16 * KIB);
});

it('gives up when nothing comes, but not while nobody asks', async () => {
  const stream = new PassThrough();
  const arrivals = arriving(stream, 50);
  stream.write('a');
  expect((await arrivals.next()).done).toBe(false);
  await sleep(200);
  stream.write('b');
  expect((await arrivals.next()).done).toBe(false);
  await expect(arrivals.next()).rejects.toMatchObject({ code: 'sink-unreachable' });
  expect(stream.destroyed).toBe(false);
});

it('fails as the stream does, after what came before', async () => {
  const stream = new PassThrough();
  const arrivals = arriving(stream, LONG_MS);
  stream.write('a');
  expect(String((await arrivals.next()).value)).toBe('a');
  stream.destroy(new Error('the cable is out'));
  await expect(arrivals.next()).rejects.toThrow('the cable is out');
});

it('fails when a stream is closed before its end', async () => {
  const stream = new PassThrough();
  const arrivals = arriving(stream, LONG_MS);
  const next = arrivals.next();
  stream.destroy();
  await expect(next).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
});

it('leaves the rest on a stream that nobody asks for more', async () => {
  const stream = new PassThrough();
  const arrivals = arriving(stream, LONG_MS);
  stream.write('a');
  await arrivals.next();
  await arrivals.return(undefined);
  stream.write('b');
  await soon();
  expect(String(stream.read())).toBe('b');
});

it('goes at a pace, and asks for nothing more meanwhile', async () => {
  const stream = new PassThrough();
  const { promise, resolve } = Promise.withResolvers<void>();
  const paces: number[] = [];
  const pace = (bytes: number): Promise<void> => {
    paces.push(bytes);
    return promise;
  };
  const arrivals = paced(arriving(stream, LONG_MS), pace, new AbortController().signal);
  stream.write('abc');
  const next = arrivals.next();
  await soon();
  await soon();
  expect(paces).toEqual([3]);
  stream.write('defg');
  await soon();
  expect(paces).toEqual([3]);
  resolve();
  expect(String((await next).value)).toBe('abc');
  expect(String((await arrivals.next()).value)).toBe('defg');
});
