import { describe, expect, it } from 'vitest';
import { bytesOf, chunksOf, decode } from '../../../test/support/frames.ts';
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
});
