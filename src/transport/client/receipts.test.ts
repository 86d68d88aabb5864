import { expect, it } from 'vitest';
import { Receipts } from './receipts.ts';

it('a receipt is for all replies below it, however they arrive', () => {
  const receipts = new Receipts();
  for (let n = 1; n <= 4; n++) expect(receipts.begin()).toBe(n);
  receipts.end(2, 10);
  receipts.end(3, 5);
  expect([receipts.receipt, receipts.earlyBytes, receipts.room(10)]).toEqual([1, 15, 6]);
  receipts.end(1, 100);
  expect([receipts.receipt, receipts.earlyBytes, receipts.room(10)]).toEqual([4, 0, 9]);
  receipts.end(4, 1);
  expect([receipts.receipt, receipts.earlyBytes]).toEqual([5, 0]);
});
