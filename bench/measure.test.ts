import { expect, it } from 'vitest';
import { median } from './measure.ts';

it('takes the middle of an odd number, and the mean of the two middles of an even one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
