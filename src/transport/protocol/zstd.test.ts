import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from './limits.ts';
import { compressBody, expandBody } from './zstd.ts';

describe('a body that is compressed', () => {
  it.each([2, 63, 64, 65, 4096, 1_000_003, MAX_BODY_BYTES])(
    'is the same when it is expanded, of %i bytes',
    async (length) => {
      for (const body of [Buffer.alloc(length, 'abc'), randomBytes(length)]) {
        const expanded = await expandBody(await compressBody(body), length);
        expect(expanded.equals(body)).toBe(true);
      }
    },
  );

  it('that would be longer than was said is given up as soon as it is', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(32 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(10_000);
    await expect(expandBody(bomb, MAX_BODY_BYTES)).rejects.toMatchObject({
      code: 'message-damaged',
      cause: { code: 'ERR_BUFFER_TOO_LARGE' },
    });
  });

  it('that asks for more memory than a body needs is refused', async () => {
    // What is written in two parts tells no length, and so needs its whole window.
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
    stream.write(Buffer.alloc(1000));
    stream.end(Buffer.alloc(1000));
    await expect(expandBody(await buffer(stream), 2000)).rejects.toMatchObject({
      code: 'message-damaged',
      cause: { code: 'ZSTD_error_frameParameter_windowTooLarge' },
    });
  });
});
