import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtentCollector, runsToExtents } from './extent-collector.ts';

interface Range {
  readonly start: number;
  readonly length: number;
  readonly exists: boolean;
}

const SIZE = 500;
const range = fc.record({
  start: fc.integer({ min: 0, max: SIZE + 20 }),
  length: fc.integer({ min: 0, max: 60 }),
  exists: fc.boolean(),
});

function collect(ranges: readonly Range[], maxRuns?: number) {
  const collector = new ExtentCollector(SIZE, maxRuns);
  for (const { start, length, exists } of ranges) collector.add(start, length, exists);
  return runsToExtents(collector.finish());
}

/** For each byte: 0 unchanged, 1 zeros, 2 data. */
function paint(ranges: readonly Range[]): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  for (const { start, length, exists } of ranges) {
    for (let at = start; at < Math.min(start + length, SIZE); at++) {
      bytes[at] = Math.max(bytes[at] ?? 0, exists ? 2 : 1);
    }
  }
  return bytes;
}

function paintExtents(extents: ReturnType<typeof collect>): Uint8Array {
  return paint(
    extents.map(({ offset, length, kind }) => ({ start: offset, length, exists: kind === 'data' })),
  );
}

describe('ExtentCollector', () => {
  it('joins ranges that touch and are of a kind', () => {
    const ranges = [
      { start: 0, length: 10, exists: true },
      { start: 10, length: 10, exists: true },
      { start: 20, length: 10, exists: false },
      { start: 40, length: 10, exists: false },
    ];
    expect(collect(ranges)).toEqual([
      { offset: 0, length: 20, kind: 'data' },
      { offset: 20, length: 10, kind: 'zero' },
      { offset: 40, length: 10, kind: 'zero' },
    ]);
  });

  it('joins a range with what making room for it has brought before it', () => {
    const ranges = [
      { start: 477, length: 7, exists: false },
      { start: 0, length: 1, exists: false },
      { start: 484, length: 1, exists: true },
    ];
    expect(collect(ranges, 2)).toEqual([{ offset: 0, length: 485, kind: 'data' }]);
  });

  it('sorts what a striped image tells in no order', () => {
    const ranges = [
      { start: 100, length: 10, exists: true },
      { start: 0, length: 10, exists: true },
      { start: 110, length: 5, exists: true },
      { start: 10, length: 10, exists: true },
    ];
    expect(collect(ranges)).toEqual([
      { offset: 0, length: 20, kind: 'data' },
      { offset: 100, length: 15, kind: 'data' },
    ]);
  });

  it('drops what lies beyond the end of the image', () => {
    const ranges = [
      { start: SIZE - 5, length: 10, exists: true },
      { start: SIZE, length: 10, exists: true },
    ];
    expect(collect(ranges)).toEqual([{ offset: SIZE - 5, length: 5, kind: 'data' }]);
  });

  it('is exact when there is room, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (ranges) => {
        const extents = collect(ranges);
        // Where data and zeros overlap, more may be data than was said: never less.
        const wanted = paint(ranges);
        const overlapping = paintExtents(extents).some((kind, at) => kind !== wanted[at]);
        if (overlapping) expect(hasMixedOverlap(ranges)).toBe(true);
        expectSound(extents, wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays within its bound, and loses no change', () => {
    const maxRuns = fc.integer({ min: 2, max: 20 });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 200 }), maxRuns, (ranges, max) => {
        const extents = collect(ranges, max);
        expect(extents.length).toBeLessThanOrEqual(max);
        expectSound(extents, paint(ranges));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a million scattered ranges in memory for ten thousand, cheaply', () => {
    const size = 2 ** 40;
    const collector = new ExtentCollector(size, 10_000);
    for (let index = 0; index < 1_000_000; index++) collector.add(index * 2 ** 20, 4096, true);
    const { starts, ends } = collector.finish();
    expect(starts.length).toBeLessThanOrEqual(10_000);
    expect(starts[0]).toBe(0);
    expect(ends.at(-1)).toBe(999_999 * 2 ** 20 + 4096);
  });

  it('rather keeps a huge range of zeros than reading it', () => {
    const collector = new ExtentCollector(2 ** 50, 4000);
    collector.add(0, 2 ** 40, false);
    for (let index = 0; index < 100_000; index++) {
      collector.add(2 ** 40 + index * 8192, 4096, true);
    }
    const { ends, zeros } = collector.finish();
    expect(ends[0]).toBe(2 ** 40);
    expect(zeros[0]).toBe(1);
  });
});

function hasMixedOverlap(ranges: readonly Range[]): boolean {
  return ranges.some((a) =>
    ranges.some(
      (b) =>
        a.exists !== b.exists &&
        a.start < b.start + b.length &&
        b.start < a.start + a.length &&
        a.length > 0 &&
        b.length > 0,
    ),
  );
}

/** Sorted, merged, inside the image; every change is there, and zeros only where zeros are. */
function expectSound(extents: ReturnType<typeof collect>, wanted: Uint8Array): void {
  let end = -1;
  let kind = '';
  for (const extent of extents) {
    expect(extent.length).toBeGreaterThan(0);
    expect(extent.offset).toBeGreaterThanOrEqual(end);
    if (extent.offset === end) expect(extent.kind).not.toBe(kind);
    end = extent.offset + extent.length;
    kind = extent.kind;
  }
  expect(end).toBeLessThanOrEqual(SIZE);
  const got = paintExtents(extents);
  // One expectation for all bytes: half a million of them would take seconds.
  const lost = got.findIndex((kind, at) => {
    const kindWanted = wanted[at] ?? 0;
    return kind < kindWanted || (kind === 1 && kindWanted !== 1);
  });
  expect(lost).toBe(-1);
}
