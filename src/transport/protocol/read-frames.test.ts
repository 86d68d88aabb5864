import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf, chunksOf, compressed, decode } from '../../../test/support/frames.ts';
import { encodeFrame, FRAME, HEADER_BYTES } from './frame.ts';
import { MAX_BODY_BYTES, MAX_HEAD_BYTES } from './limits.ts';

const REQUEST = {
  type: FRAME.request,
  id: 7,
  receipt: 3,
  head: { do: 'piece', note: 'ü' },
  body: Buffer.from('the data'),
};

describe('frames', () => {
  it.each([1, 2, 3, 27, 28, 29, 1000])(
    'come as they went, in chunks of %i bytes',
    async (length) => {
      const sent = [REQUEST, { type: FRAME.ping }, { ...REQUEST, id: 8, body: Buffer.alloc(0) }];
      const { frames, error } = await decode(chunksOf(bytesOf(sent), () => length));
      expect(error).toBeNull();
      expect(frames).toEqual([
        { ...REQUEST, place: expect.anything() },
        {
          type: FRAME.ping,
          id: 0,
          receipt: 0,
          head: undefined,
          body: Buffer.alloc(0),
          place: null,
        },
        { ...REQUEST, id: 8, body: Buffer.alloc(0), place: null },
      ]);
    },
  );

  it('may be as long as a piece, and no longer', async () => {
    const body = Buffer.alloc(MAX_BODY_BYTES, 7);
    const { frames } = await decode(chunksOf(bytesOf([{ ...REQUEST, body }]), () => 65_536));
    expect(frames[0]?.body.equals(body)).toBe(true);
    const invalid = expect.objectContaining({ code: 'message-invalid' });
    expect(() => encodeFrame({ ...REQUEST, body: Buffer.alloc(MAX_BODY_BYTES + 1) })).toThrow(
      invalid,
    );
    expect(() => encodeFrame({ ...REQUEST, head: 'x'.repeat(MAX_HEAD_BYTES) })).toThrow(invalid);
  });

  it('whose bodies nobody wants are passed over', async () => {
    const sent = [REQUEST, { ...REQUEST, id: 8 }];
    const { frames, error } = await decode(
      chunksOf(bytesOf(sent), () => 11),
      true,
    );
    expect(error).toBeNull();
    expect(frames.map(({ id, body }) => [id, body.toString()])).toEqual([
      [7, ''],
      [8, 'the data'],
    ]);
  });

  it('with a single bit that is another are never taken for those that were sent', async () => {
    const bytes = bytesOf([REQUEST]);
    // Nor when nobody wants their bodies.
    for (const drop of [false, true]) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8((damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
        const { frames, error, leaked } = await decode([damaged], drop);
        expect([bit, frames, leaked]).toEqual([bit, [], 0]);
        expect(error).toMatchObject({ code: expect.stringMatching(/^message-/) });
      }
    }
  });

  it('that end too early are known to be damaged, wherever they end', async () => {
    const bytes = bytesOf([REQUEST]);
    for (let length = 1; length < bytes.length; length++) {
      const { frames, error, leaked } = await decode([bytes.subarray(0, length)]);
      expect([length, frames, leaked]).toEqual([length, [], 0]);
      expect(error).toMatchObject({ code: 'message-damaged', retry: 'reconnect' });
    }
  });

  it('ask for no memory for a body that is longer than a frame may have', async () => {
    const bytes = bytesOf([REQUEST]);
    bytes.writeUInt32LE(MAX_BODY_BYTES + 1, 4);
    const { error, peak } = await decode([bytes, Buffer.alloc(HEADER_BYTES)]);
    expect(error).toMatchObject({ code: 'message-invalid', retry: 'never' });
    expect(peak).toBe(0);
  });

  describe('whose bodies come compressed', () => {
    const LONG = { ...REQUEST, body: Buffer.alloc(3000, 'again and ') };
    const SHORT = compressed(LONG);
    /** The frame with other bytes in place of the compressed ones. */
    const withBytes = (bytes: Uint8Array) => bytesOf([{ ...LONG, compressed: bytes }]);

    it.each([1, 7, 29, 32, 1000])('say the same, in chunks of %i bytes', async (length) => {
      const bytes = bytesOf([SHORT, REQUEST, SHORT]);
      expect(bytes.length).toBeLessThan(400);
      const { frames, error, leaked } = await decode(chunksOf(bytes, () => length));
      expect([error, leaked]).toEqual([null, 0]);
      expect(frames.map(({ head, body }) => [head, body])).toEqual(
        [LONG, REQUEST, LONG].map(({ head, body }) => [head, body]),
      );
    });

    it('are passed over when nobody wants them', async () => {
      const chunks = chunksOf(bytesOf([SHORT, { ...SHORT, id: 8 }]), () => 11);
      const { frames, error } = await decode(chunks, true);
      expect(error).toBeNull();
      expect(frames.map(({ body }) => body.length)).toEqual([0, 3000]);
    });

    it('are refused where that was not agreed on, before memory is taken', async () => {
      const { frames, error, peak } = await decode([bytesOf([SHORT])], false, null);
      expect([frames, peak]).toEqual([[], 0]);
      expect(error).toMatchObject({ code: 'message-invalid', retry: 'never' });
    });

    it.each([
      ['as long as they are', Buffer.alloc(3000)],
      ['longer than they are', Buffer.alloc(3001)],
      ['of no bytes', Buffer.alloc(0)],
    ])(
      'are refused when they come as something %s, before memory is taken',
      async (_name, bytes) => {
        const { error, peak } = await decode([withBytes(bytes)]);
        expect(error).toMatchObject({ code: 'message-invalid' });
        expect(peak).toBe(0);
      },
    );

    it.each([
      ['that are none', Buffer.alloc(40, 7)],
      ['of less', zstdCompressSync(Buffer.alloc(2999, 'again and '))],
      ['of more', zstdCompressSync(Buffer.alloc(3001, 'again and '))],
      ['of something else', zstdCompressSync(Buffer.alloc(3000, 'and again '))],
      ['that are cut off', (SHORT.compressed as Buffer).subarray(0, -1)],
      ['that say nothing', zstdCompressSync(Buffer.alloc(0))],
    ])('are known to be damaged when they come as compressed bytes %s', async (_name, bytes) => {
      const { frames, error, leaked } = await decode([withBytes(bytes)]);
      expect([frames, leaked]).toEqual([[], 0]);
      expect(error).toMatchObject({ code: 'message-damaged', retry: 'reconnect' });
    });

    it('with a single bit that is another never say something else', async () => {
      const bytes = bytesOf([SHORT]);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8((damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
        const { frames, error, leaked } = await decode([damaged]);
        expect(leaked).toBe(0);
        // Some bits of a compressed body mean nothing.
        if (error === null) expect([bit, frames[0]?.body]).toEqual([bit, LONG.body]);
        else expect(error).toMatchObject({ code: expect.stringMatching(/^message-/) });
      }
    });
  });
});
