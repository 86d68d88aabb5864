import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packBlobs, packTask, unpackBlobs, unpackTask } from './blobs.ts';

it('byte strings come out as they went in, in memory of their own', () => {
  const blob = fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(fc.array(blob), (blobs) => {
      const packed = packBlobs(blobs);
      expect(packed.buffer.byteLength).toBe(packed.length);
      expect(unpackBlobs(packed)).toEqual(blobs);
    }),
  );
});

it('a task comes out as it went in', () => {
  const details = {
    xattrs: [
      [Buffer.from('user.a'), Buffer.alloc(0)],
      [Buffer.from('user.b'), Buffer.from([0, 1])],
    ] as const,
    linkTarget: Buffer.from('to'),
    settings: { 'ceph.quota.max_bytes': '1', ü: '"' },
    data: null,
  };
  const [path, entry, tag] = [Buffer.from('a/b'), Buffer.alloc(80, 1), Buffer.alloc(6, 2)];
  const packed = packTask(path, entry, tag, details);
  expect(unpackTask(packed)).toEqual({ path, entry, tag, details });
});
