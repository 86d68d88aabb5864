import { expect, it } from 'vitest';
import { interleave, median } from './measure.ts';

it('takes the middle of an odd number, and the mean of the two middles of an even one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it('measures each as often as the others, and begins each round with another one', async () => {
  const order: string[] = [];
  const taken = await interleave(['a', 'b', 'c'], 4, async (one) => order.push(one));
  expect(order.join('')).toBe('abcbcacababc');
  expect(taken).toEqual(
    new Map([
      ['a', [1, 6, 8, 10]],
      ['b', [2, 4, 9, 11]],
      ['c', [3, 5, 7, 12]],
    ]),
  );
});
