import { expect, it } from 'vitest';
import { createBudget } from './budget.ts';

const never = new AbortController().signal;

it('lets whoever asks for more than is left wait, and nobody overtake', async () => {
  const budget = createBudget(10);
  const giveBack = await budget.take(8, never);
  const order: string[] = [];
  const large = budget.take(5, never).then(() => order.push('large'));
  const small = budget.take(1, never).then(() => order.push('small'));
  await Promise.resolve();
  expect([order, budget.left]).toEqual([[], 2]);
  giveBack();
  await Promise.all([large, small]);
  expect([order, budget.left]).toEqual([['large', 'small'], 4]);
});

it('lets a cancelled one go, and those behind it in', async () => {
  const budget = createBudget(10);
  await budget.take(8, never);
  const controller = new AbortController();
  const large = budget.take(5, controller.signal);
  const small = budget.take(2, never);
  controller.abort(new Error('enough'));
  await expect(large).rejects.toThrow('enough');
  await small;
  expect(budget.left).toBe(0);
  await expect(budget.take(1, controller.signal)).rejects.toThrow('enough');
});

it('refuses more than there is in all, and a part that is given back twice', async () => {
  const budget = createBudget(10);
  await expect(budget.take(11, never)).rejects.toThrow(RangeError);
  const giveBack = await budget.take(10, never);
  giveBack();
  expect(giveBack).toThrow(/twice/);
  expect(budget.left).toBe(10);
});

it('gets back what is no longer needed of a part, and the rest later', async () => {
  const budget = createBudget(10);
  const giveBack = await budget.take(8, never);
  giveBack(3);
  expect(budget.left).toBe(7);
  expect(() => giveBack(4)).toThrow(/twice/);
  giveBack(3);
  giveBack();
  expect(giveBack).toThrow(/twice/);
  expect(budget.left).toBe(10);
});
