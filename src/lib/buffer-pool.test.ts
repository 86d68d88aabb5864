import { expect, it } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';

const never = new AbortController().signal;

function pool(count: number) {
  let made = 0;
  const options = { count, bytes: 8, allocate: (bytes: number) => Buffer.alloc(bytes, ++made) };
  return { pool: createBufferPool(options), made: () => made };
}

it('makes buffers only when they are needed, and never more than its bound', async () => {
  const { pool: buffers, made } = pool(2);
  const first = await buffers.lease(never);
  expect(made()).toBe(1);
  first.release();
  const again = await buffers.lease(never);
  expect(again.buffer).toBe(first.buffer);
  await buffers.lease(never);
  expect(made()).toBe(2);
  expect(buffers.free).toBe(0);
});

it('lets whoever gets none wait, in the order of asking', async () => {
  const { pool: buffers } = pool(1);
  const held = await buffers.lease(never);
  const order: string[] = [];
  const second = buffers.lease(never).then((lease) => {
    order.push('second');
    lease.release();
  });
  const third = buffers.lease(never).then(() => order.push('third'));
  held.release();
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
});

it('lets a cancelled one go without losing a buffer', async () => {
  const { pool: buffers } = pool(1);
  const held = await buffers.lease(never);
  const controller = new AbortController();
  const waiting = buffers.lease(controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  held.release();
  expect(buffers.free).toBe(1);
});

it('refuses a buffer that is given back twice', async () => {
  const { pool: buffers } = pool(1);
  const held = await buffers.lease(never);
  held.release();
  expect(() => held.release()).toThrow(/twice/);
});
