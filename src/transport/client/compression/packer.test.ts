import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expandBody } from '../../protocol/zstd.ts';
import { createPacker } from './packer.ts';

const MIB = 1024 * 1024;

describe('a body that is packed', () => {
  it('comes out as it went in', async () => {
    const body = Buffer.alloc(MIB, 'what comes again and again ');
    using packed = await createPacker('always').pack(body);
    expect(packed.compressed?.length).toBeLessThan(MIB / 100);
    expect(await expandBody(packed.compressed ?? body, MIB)).toEqual(body);
  });

  it.each([
    ['is small', Buffer.alloc(4095)],
    ['does not shrink', randomFillSync(Buffer.alloc(MIB))],
    ['hardly shrinks', Buffer.concat([randomFillSync(Buffer.alloc(MIB)), Buffer.alloc(MIB / 25)])],
  ])('goes as it is when it %s', async (_name, body) => {
    using packed = await createPacker('always').pack(body);
    expect(packed.compressed).toBeNull();
  });

  it('takes memory of which there is only so much', async () => {
    const packer = createPacker('always');
    const body = Buffer.concat([randomFillSync(Buffer.alloc(2 * MIB)), Buffer.alloc(2 * MIB)]);
    // Each is 2 MiB, but until that is known it may be 4: in 32 MiB there are 14.
    const held = await Promise.all(Array.from({ length: 14 }, () => packer.pack(body)));
    let isThere = false;
    const next = packer.pack(body).then((packed) => {
      isThere = true;
      return packed;
    });
    const plain = await packer.pack(Buffer.alloc(1000));
    expect(plain.compressed).toBeNull();
    // As long as it would take.
    const others = createPacker('always');
    for (let count = 0; count < 4; count++) await others.pack(body);
    expect(isThere).toBe(false);
    held[7]?.[Symbol.dispose]();
    expect((await next).compressed?.length).toBeGreaterThan(2 * MIB - 1);
  });

  it('is compressed by itself when the link is slow, and not when it is fast', async () => {
    let now = 0;
    const packer = createPacker('auto', () => now);
    const body = Buffer.alloc(MIB);
    async function pushAt(bytesPerSecond: number, seconds: number): Promise<boolean> {
      let isCompressed = false;
      for (const end = now + seconds * 1000; now < end; ) {
        using packed = await packer.pack(body);
        isCompressed = packed.compressed !== null;
        packer.link.begin();
        const bytes = packed.compressed?.length ?? body.length;
        now += Math.max(300, (bytes / bytesPerSecond) * 1000);
        packer.link.end(isCompressed ? (bytesPerSecond * 300) / 1000 : bytes);
      }
      return isCompressed;
    }
    // The compressor takes no time in this world, so that no link is faster than it.
    expect(await pushAt(MIB, 30)).toBe(true);
    for (let count = 0; count < 500; count++) {
      now += 200;
      (await packer.pack(body))[Symbol.dispose]();
    }
    // Nothing waited for the link.
    using packed = await packer.pack(body);
    expect(packed.compressed).toBeNull();
  });
});
