import { describe, expect, it } from 'vitest';
import { shareOf, type Wish } from './share.ts';

const IMAGE = { beside: 0, most: 16 };
const TREE = { beside: 2, most: 16 };

/** What the clients get that open transfers, one after the other, until they are refused. */
function fill(total: number, clients: readonly Wish[]): readonly (readonly number[])[] {
  let held = 0;
  return clients.map((wish) => {
    const got: number[] = [];
    for (let own = 0; ; ) {
      const pieces = shareOf({ total, held, own }, wish);
      if (pieces === null) return got;
      got.push(pieces);
      held += pieces + wish.beside;
      own += pieces + wish.beside;
      expect(held).toBeLessThanOrEqual(total);
    }
  });
}

describe('the share of a transfer', () => {
  it('leaves a greedy client half of what others do not have, and others as much', () => {
    expect(fill(64, [IMAGE, IMAGE, IMAGE, IMAGE, IMAGE])).toEqual([
      [8, 6, 4, 3, 2, 2, 2, 2, 2],
      [4, 3, 2, 2, 2, 2],
      [2, 2, 2, 2],
      [2, 2],
      [2],
    ]);
  });

  it('counts what a tree needs beside its data', () => {
    expect(fill(64, [TREE, TREE, TREE])).toEqual([
      [7, 5, 3, 2, 2],
      [3, 2, 2, 2],
      [2, 2],
    ]);
  });

  it('is the least for a first transfer as long as that is free, and then nothing', () => {
    expect(shareOf({ total: 64, held: 60, own: 0 }, TREE)).toBe(2);
    expect(shareOf({ total: 64, held: 61, own: 0 }, TREE)).toBeNull();
    expect(shareOf({ total: 64, held: 60, own: 4 }, TREE)).toBeNull();
    expect(shareOf({ total: 1, held: 0, own: 0 }, IMAGE)).toBeNull();
  });

  it('is no more than is asked for', () => {
    expect(shareOf({ total: 4096, held: 0, own: 0 }, IMAGE)).toBe(16);
    expect(shareOf({ total: 64, held: 0, own: 0 }, { beside: 0, most: 1 })).toBe(1);
  });
});
