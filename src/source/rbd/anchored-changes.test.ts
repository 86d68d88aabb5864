import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../../core/extent.ts';
import { changesBetween, wholeContent } from './anchored-changes.ts';

/** An image of bytes; 0 is nothing, and what is behind its end reads as nothing. */
type Bytes = readonly number[];

/** What a diff tells at least: the bytes of `to` that differ; `slack` makes it tell of more, as it may. */
function diff(from: Bytes, to: Bytes, slack: readonly boolean[] = []): Extent[] {
  const extents: Extent[] = [];
  for (const [offset, byte] of to.entries()) {
    if (byte === (from[offset] ?? 0) && slack[offset] !== true) continue;
    const kind = byte === 0 ? 'zero' : 'data';
    const last = extents.at(-1);
    if (last?.kind === kind && last.offset + last.length === offset) {
      extents[extents.length - 1] = { ...last, length: last.length + 1 };
    } else extents.push({ kind, offset, length: 1 });
  }
  return extents;
}

/** What becomes of a copy of the base. */
function apply(base: Bytes, to: Bytes, extents: readonly Extent[]): number[] {
  const copy = to.map((_, offset) => base[offset] ?? 0);
  for (const { kind, offset, length } of extents) {
    for (let at = offset; at < offset + length; at++)
      copy[at] = kind === 'data' ? (to[at] ?? 0) : 0;
  }
  return copy;
}

function expectWellFormed(extents: readonly Extent[], size: number): void {
  let last: Extent | undefined;
  for (const extent of extents) {
    const end = last === undefined ? 0 : last.offset + last.length;
    expect(extent.length).toBeGreaterThan(0);
    expect(extent.offset).toBeGreaterThanOrEqual(end);
    if (last !== undefined && extent.offset === end) expect(extent.kind).not.toBe(last.kind);
    last = extent;
  }
  expect((last?.offset ?? 0) + (last?.length ?? 0)).toBeLessThanOrEqual(size);
}

const bytes = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 24 });
const slack = fc.array(fc.boolean(), { maxLength: 24 });

describe('what changed between two snapshots of a group', () => {
  it('is enough to make the newer one of the older one, whatever was at the anchor', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, slack, slack, (anchor, base, now, first, second) => {
        const extents = changesBetween({
          atBase: diff(anchor, base, first),
          now: diff(anchor, now, second),
          anchorSize: anchor.length,
          baseSize: base.length,
          size: now.length,
        });
        expectWellFormed(extents, now.length);
        expect(apply(base, now, extents)).toEqual([...now]);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds what only the older one has changed: it is by now what it was before', () => {
    const anchor = [1, 1, 1, 1];
    const changes = changesBetween({
      atBase: diff(anchor, [1, 2, 2, 1]),
      now: diff(anchor, [1, 1, 1, 0]),
      anchorSize: 4,
      baseSize: 4,
      size: 4,
    });
    expect(changes).toEqual([
      { kind: 'data', offset: 1, length: 2 },
      { kind: 'zero', offset: 3, length: 1 },
    ]);
  });

  it('holds what is behind the end of the older one, and was there at the anchor', () => {
    const changes = changesBetween({
      atBase: [],
      now: [],
      anchorSize: 10,
      baseSize: 4,
      size: 8,
    });
    expect(changes).toEqual([{ kind: 'data', offset: 4, length: 4 }]);
  });

  it('is nothing more than what changed when nothing happened between the anchors and the snapshots', () => {
    const now: Extent[] = [
      { kind: 'data', offset: 0, length: 3 },
      { kind: 'zero', offset: 7, length: 2 },
    ];
    const sizes = { anchorSize: 10, baseSize: 10, size: 10 };
    expect(changesBetween({ atBase: [], now, ...sizes })).toEqual(now);
  });
});

describe('all of a snapshot', () => {
  it('is what was ever written, and zeros in between', () => {
    fc.assert(
      fc.property(bytes, bytes, (base, now) => {
        const extents = wholeContent(diff([], now), now.length);
        expectWellFormed(extents, now.length);
        expect(apply(base, now, extents)).toEqual([...now]);
      }),
    );
  });
});
