import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../../core/extent.ts';
import { alignExtents, extentsFrom } from './align.ts';

const BLOCK = 16;

function data(offset: number, length: number): Extent {
  return { kind: 'data', offset, length };
}

function zero(offset: number, length: number): Extent {
  return { kind: 'zero', offset, length };
}

function align(extents: readonly Extent[], size = 160, baseSize: number | null = 160): Extent[] {
  return alignExtents(extents, { blockSize: BLOCK, size, baseSize });
}

describe('alignExtents', () => {
  it('grows data to whole blocks and merges neighbours', () => {
    expect(align([data(17, 1), data(33, 10)])).toEqual([data(16, 32)]);
  });

  it('keeps only whole blocks of zeros, and reads their ragged edges as data', () => {
    expect(align([zero(10, 60)])).toEqual([data(0, 16), zero(16, 48), data(64, 16)]);
  });

  it('takes zeros within one block for data', () => {
    expect(align([zero(20, 5)])).toEqual([data(16, 16)]);
  });

  it('lets a block that has both be data, once', () => {
    expect(align([zero(0, 40), data(40, 3)])).toEqual([zero(0, 32), data(32, 16)]);
  });

  it('ends data and zeros at the end of the image, not of the block', () => {
    expect(align([data(150, 3)], 153, 153)).toEqual([data(144, 9)]);
    expect(align([zero(16, 137)], 153, 153)).toEqual([zero(16, 137)]);
  });

  it('ignores what lies beyond the end', () => {
    expect(align([data(32, 16), data(200, 5)], 40, 40)).toEqual([data(32, 8)]);
  });

  it('reads the last partial block again when the size changed', () => {
    expect(align([], 153, 160)).toEqual([data(144, 9)]);
    expect(align([zero(128, 25)], 153, 100)).toEqual([zero(128, 16), data(144, 9)]);
    expect(align([data(130, 20)], 153, 100)).toEqual([data(128, 25)]);
    expect(align([], 160, 153)).toEqual([]);
  });

  it('covers each changed byte, by zeros only where the source says zeros', () => {
    const size = fc.integer({ min: 1, max: 400 });
    const lengths = fc.array(
      fc.tuple(
        fc.constantFrom('data' as const, 'zero' as const, 'same' as const),
        fc.integer({ min: 1, max: 60 }),
      ),
    );
    fc.assert(
      fc.property(size, size, lengths, (imageSize, baseSize, runs) => {
        const extents: Extent[] = [];
        const truth = new Array<string>(imageSize).fill('same');
        let at = 0;
        for (const [kind, length] of runs) {
          const end = Math.min(at + length, imageSize);
          if (end > at && kind !== 'same') {
            extents.push({ kind, offset: at, length: end - at });
            truth.fill(kind, at, end);
          }
          at = end;
        }
        const aligned = alignExtents(extents, { blockSize: BLOCK, size: imageSize, baseSize });
        let last = 0;
        const told = new Array<string>(imageSize).fill('same');
        for (const { kind, offset, length } of aligned) {
          expect(offset % BLOCK).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(last);
          expect(length).toBeGreaterThan(0);
          last = offset + length;
          expect(last % BLOCK === 0 || last === imageSize).toBe(true);
          told.fill(kind, offset, last);
        }
        expect(last).toBeLessThanOrEqual(imageSize);
        for (const [index, kind] of truth.entries()) {
          if (kind === 'data') expect(told[index]).toBe('data');
          if (kind === 'zero') expect(told[index]).not.toBe('same');
          if (told[index] === 'zero') expect(kind).toBe('zero');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('extentsFrom', () => {
  it('leaves out what is below the offset and cuts what reaches over it', () => {
    const extents = [data(0, 16), zero(16, 32), data(64, 16)];
    expect(extentsFrom(extents, 32)).toEqual([zero(32, 16), data(64, 16)]);
    expect(extentsFrom(extents, 0)).toBe(extents);
  });
});
