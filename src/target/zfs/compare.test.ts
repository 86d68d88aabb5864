import fc from 'fast-check';
import { expect, it } from 'vitest';
import { differingRuns } from './compare.ts';

it('finds just the blocks that differ, neighbours merged', () => {
  const flips = fc.array(fc.integer({ min: 0, max: 159 }), { maxLength: 8 });
  fc.assert(
    fc.property(flips, (places) => {
      const a = Buffer.alloc(160, 7);
      const b = Buffer.from(a);
      for (const place of places) b[place] = 8;
      const blocks = new Set(places.map((place) => Math.floor(place / 16)));
      const runs = differingRuns(a, b, 160, 16);
      const told = runs.flatMap(({ start, length }) =>
        Array.from({ length: length / 16 }, (_, index) => start / 16 + index),
      );
      expect(new Set(told)).toEqual(blocks);
      expect(told).toHaveLength(blocks.size);
      for (const [index, run] of runs.entries()) {
        const next = runs[index + 1];
        if (next !== undefined) expect(run.start + run.length).toBeLessThan(next.start);
      }
    }),
  );
});

it('cuts at the blocks of the file, also when the buffers begin within one', () => {
  const a = Buffer.alloc(100, 7);
  const b = Buffer.from(a);
  b[30] = 8;
  // Blocks begin at 16, 32, 48: in the buffers at 6, 22, 38.
  expect(differingRuns(a, b, 100, 16, 10)).toEqual([{ start: 22, length: 16 }]);
  b[0] = 8;
  expect(differingRuns(a, b, 100, 16, 10)[0]).toEqual({ start: 0, length: 6 });
});
