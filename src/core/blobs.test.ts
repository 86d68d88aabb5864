import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countBlobs, detailBlobs, packBlobs, readDetails, unpackBlobs } from './blobs.ts';

it('byte strings come out as they went in, in memory of their own', () => {
  const blob = fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(fc.array(blob), (blobs) => {
      const packed = packBlobs(blobs);
      expect(packed.buffer.byteLength).toBe(packed.length);
      expect(unpackBlobs(packed)).toEqual(blobs);
      expect(countBlobs(packed)).toBe(blobs.length);
    }),
  );
});

it('the details of an entry come out as they went in', () => {
  const details = {
    xattrs: [
      [Buffer.from('user.a'), Buffer.alloc(0)],
      [Buffer.from('user.b'), Buffer.from([0, 1])],
    ] as const,
    linkTarget: Buffer.from('to'),
    settings: { 'ceph.quota.max_bytes': '1', ü: '"' },
    data: null,
  };
  expect(readDetails(unpackBlobs(packBlobs(detailBlobs(details))))).toEqual(details);
});

it('what is cut short is refused, and never read beyond', () => {
  const details = { xattrs: [], linkTarget: null, settings: {}, data: Buffer.from('data') };
  const packed = packBlobs(detailBlobs(details));
  for (let length = 0; length < packed.length; length++) {
    expect(() => readDetails(unpackBlobs(packed.subarray(0, length))), String(length)).toThrow();
  }
});
