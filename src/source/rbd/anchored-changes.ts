import type { Extent } from '../../core/extent.ts';

/** Sizes are bytes; ranges are sorted, and do not overlap. */
export interface AnchoredChanges {
  /** What the base has changed since its anchor. */
  readonly atBase: readonly Extent[];
  /** What the newer snapshot has changed since the same anchor. */
  readonly now: readonly Extent[];
  readonly anchorSize: number;
  readonly baseSize: number;
  readonly size: number;
}

/**
 * What may have changed between a base and a newer snapshot: what differs between the two differs from
 * the anchor in at least one of them. What only the base has changed is by now what it was at the
 * anchor, whatever that is: data, which is read.
 */
export function changesBetween(changes: AnchoredChanges): Extent[] {
  const { atBase, now, anchorSize, baseSize, size } = changes;
  // Of what lies behind the base's end the diff at the base says nothing.
  const behind = { offset: baseSize, length: Math.min(anchorSize, size) - baseSize };
  return join([...now, ...without([...atBase, behind], now, size, 'data')]);
}

/** All of a snapshot, when what changed is not known: `written` is what was ever written to it. */
export function wholeContent(written: readonly Extent[], size: number): Extent[] {
  return join([...written, ...without([{ offset: 0, length: size }], written, size, 'zero')]);
}

type Range = Pick<Extent, 'offset' | 'length'>;

/** The parts of sorted ranges, up to `size`, that are in none of the others. */
function without(
  ranges: readonly Range[],
  others: readonly Range[],
  size: number,
  kind: Extent['kind'],
): Extent[] {
  const left: Extent[] = [];
  let next = 0;
  const push = (from: number, to: number): void => {
    if (to > from) left.push({ kind, offset: from, length: to - from });
  };
  for (const range of ranges) {
    const end = Math.min(range.offset + range.length, size);
    let at = range.offset;
    for (; next < others.length; next++) {
      const other = others[next];
      if (other === undefined || other.offset >= end) break;
      push(at, Math.min(other.offset, end));
      at = Math.max(at, other.offset + other.length);
      // The rest of it may cut the next range as well.
      if (at > end) break;
    }
    push(at, end);
  }
  return left;
}

/** Sorts ranges that do not overlap, and merges neighbours of one kind. */
function join(extents: readonly Extent[]): Extent[] {
  const joined: Extent[] = [];
  for (const extent of extents.toSorted((a, b) => a.offset - b.offset)) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      last.kind === extent.kind &&
      last.offset + last.length === extent.offset
    ) {
      joined[joined.length - 1] = { ...last, length: last.length + extent.length };
    } else joined.push(extent);
  }
  return joined;
}
