import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBufferPool } from '../../lib/buffer-pool.ts';
import { type OpenBytes, readFully, writeDiffering, writeFully } from './whole-io.ts';

const BLOCK = 8;
const { signal } = new AbortController();

/**
 * A file in memory that reads and writes `atMost` bytes in a call, and cannot grow. The positions of what is
 * written are added to `touched`.
 */
function openBytes(content: Buffer, atMost: number, touched: number[] = []): OpenBytes {
  return {
    async read(into, start, length, position) {
      const end = Math.min(position + Math.min(length, atMost), content.length);
      return { bytesRead: content.copy(into, start, position, end) };
    },
    async write(from, start, length, position) {
      const end = start + Math.min(length, atMost);
      const bytesWritten = from.copy(content, position, start, end);
      for (let done = 0; done < bytesWritten; done++) touched.push(position + done);
      return { bytesWritten };
    },
  };
}

const few = fc.integer({ min: 1, max: 7 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((array) => Buffer.from(array));

describe('reading and writing whole', () => {
  it('goes on where a call stopped', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, few, fc.nat(20), async (wanted, atMost, position) => {
        const content = Buffer.alloc(position + wanted.length + 3, 0xee);
        const opened = openBytes(content, atMost);
        const from = Buffer.concat([Buffer.alloc(2), wanted, Buffer.alloc(2)]);
        await writeFully(opened, from, 2, wanted.length, position);
        const around = [Buffer.alloc(position, 0xee), wanted, Buffer.alloc(3, 0xee)];
        expect(content.equals(Buffer.concat(around))).toBe(true);
        const into = Buffer.alloc(wanted.length);
        await readFully(opened, into, wanted.length, position);
        expect(into.equals(wanted)).toBe(true);
      }),
    );
  });

  it('fails, and does not go on for ever, where there is nothing more', async () => {
    const opened = openBytes(Buffer.alloc(10), 4);
    await expect(readFully(opened, Buffer.alloc(8), 8, 5)).rejects.toThrow('at 10');
    await expect(writeFully(opened, Buffer.alloc(8), 0, 8, 5)).rejects.toThrow('at 10');
  });
});

describe('writing what differs', () => {
  function makePool() {
    return createBufferPool({ count: 1, bytes: 64, allocate: (size) => Buffer.alloc(size, 0xaa) });
  }

  it('makes all equal, and writes no block that is equal already', async () => {
    const change = fc.record({ at: fc.nat(59), to: fc.nat(255) });
    const changes = fc.array(change, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bytes, few, fc.nat(20), changes, async (old, atMost, position, changed) => {
        const content = Buffer.concat([Buffer.alloc(position), old]);
        const wanted = Buffer.from(old);
        for (const { at, to } of changed) if (at < wanted.length) wanted[at] = to;
        const blockOf = (index: number) => Math.floor((position + index) / BLOCK);
        const indexes = [...wanted.keys()];
        const different = indexes.filter((index) => wanted[index] !== old[index]);
        const blocks = new Set(different.map(blockOf));
        const expected = indexes.filter((index) => blocks.has(blockOf(index)));
        const pool = makePool();
        const options = { blockSize: BLOCK, pool, signal };
        const touched: number[] = [];
        const opened = openBytes(content, atMost, touched);
        const written = await writeDiffering(opened, wanted, wanted.length, position, options);
        expect(content.subarray(position).equals(wanted)).toBe(true);
        expect(touched).toEqual(expected.map((index) => position + index));
        expect(written).toBe(expected.length);
        expect(pool.free).toBe(1);
      }),
    );
  });

  it('gives its buffer back when it fails', async () => {
    const pool = makePool();
    const opened = openBytes(Buffer.alloc(10), 4);
    const options = { blockSize: BLOCK, pool, signal };
    await expect(writeDiffering(opened, Buffer.alloc(16), 16, 0, options)).rejects.toThrow('at 10');
    expect(pool.free).toBe(1);
  });
});
