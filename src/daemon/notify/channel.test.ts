import { expect, it, vi } from 'vitest';
import { createChannel } from './channel.ts';

const SOON = { timeout: 10_000 };

const QUICK = { timeoutMs: 50, pausesMs: [1, 1] };

function failing(times: number) {
  let left = times;
  return vi.fn<(signal: AbortSignal) => Promise<void>>(async () => {
    if (left-- > 0) throw new Error('nobody there');
  });
}

it('tries three times, and says that it could not', async () => {
  const onProblem = vi.fn<(problem: unknown) => void>();
  using channel = createChannel(onProblem, QUICK);
  const send = failing(9);
  channel.tell(send);
  await vi.waitUntil(() => channel.problem !== null, SOON);
  expect(send).toHaveBeenCalledTimes(3);
  expect(onProblem).toHaveBeenCalledTimes(1);
  expect(channel.problem).toMatchObject({ message: 'nobody there' });
});

it('has no problem with what succeeds in the end, and none any more after that', async () => {
  using channel = createChannel(() => undefined, QUICK);
  channel.tell(failing(9));
  await vi.waitUntil(() => channel.problem !== null, SOON);
  channel.tell(failing(2));
  await vi.waitUntil(() => channel.problem === null, SOON);
});

it('gives up an attempt that takes too long, and sends one after the other', async () => {
  using channel = createChannel(() => undefined, QUICK);
  const order: string[] = [];
  channel.tell(async (signal) => {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    order.push('slow');
    throw new Error('too slow');
  });
  channel.tell(async () => void order.push('next'));
  await vi.waitUntil(() => order.includes('next'), SOON);
  expect(order).toEqual(['slow', 'slow', 'slow', 'next']);
});

it('keeps a bounded number of messages, and sends none when it is over', async () => {
  const channel = createChannel(() => undefined, QUICK);
  const { promise: gate, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  const send = async (): Promise<void> => {
    await gate;
    sent++;
  };
  for (let count = 0; count < 1000; count++) channel.tell(send);
  resolve();
  await vi.waitUntil(() => sent === 100, SOON);
  await new Promise((again) => setTimeout(again, 20));
  expect(sent).toBe(100);
  channel[Symbol.dispose]();
  channel.tell(send);
  await new Promise((again) => setTimeout(again, 20));
  expect(sent).toBe(100);
});
