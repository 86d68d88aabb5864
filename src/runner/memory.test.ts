import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitMemory } from './memory.ts';

it('stays within the bound, and leaves each kind of work at least one buffer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 100_000 }), (mebibytes) => {
      const { copying, writing, comparing } = splitMemory(mebibytes, 4, true);
      expect(Math.min(copying, writing, comparing)).toBeGreaterThanOrEqual(1);
      expect((copying + comparing) * 4).toBeLessThanOrEqual(mebibytes);
    }),
  );
});

it('has all of it for copying where nothing is compared here', () => {
  expect(splitMemory(64, 4, false)).toMatchObject({ copying: 16, comparing: 0 });
});
