import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickSamples, SAMPLE_BYTES } from './sample.ts';

it('picks places within the image that no changed range touches', () => {
  const extent = fc.record({
    kind: fc.constantFrom('data' as const, 'zero' as const),
    offset: fc.integer({ min: 0, max: 50 }).map((at) => at * 100_000),
    length: fc.integer({ min: 1, max: 100_000 }),
  });
  const extents = fc.uniqueArray(extent, { selector: ({ offset }) => offset });
  fc.assert(
    fc.property(extents, fc.integer({ min: 0, max: 6_000_000 }), (unsorted, size) => {
      const sorted = unsorted.toSorted((a, b) => a.offset - b.offset);
      for (const at of pickSamples(sorted, size, 20, Math.random)) {
        expect(at % SAMPLE_BYTES).toBe(0);
        expect(at + SAMPLE_BYTES).toBeLessThanOrEqual(size);
        for (const { offset, length } of sorted) {
          expect(offset + length <= at || offset >= at + SAMPLE_BYTES).toBe(true);
        }
      }
    }),
  );
});

it('finds places where there are some, each once', () => {
  const places = pickSamples([], SAMPLE_BYTES * 1000, 16, Math.random);
  expect(new Set(places).size).toBe(16);
  expect(pickSamples([], SAMPLE_BYTES - 1, 16, Math.random)).toEqual([]);
});
