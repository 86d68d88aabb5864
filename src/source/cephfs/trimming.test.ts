import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { keepTrimmed } from './trimming.ts';

it('trims again and again, one at a time, and no more once it is closed', async () => {
  let begun = 0;
  let running = 0;
  let most = 0;
  const trimming = keepTrimmed(5, async () => {
    begun++;
    running++;
    most = Math.max(most, running);
    await sleep(20);
    running--;
  });
  while (begun < 3) await sleep(1);
  await trimming[Symbol.asyncDispose]();
  expect(running).toBe(0);
  const atClose = begun;
  await sleep(50);
  expect(begun).toBe(atClose);
  expect(most).toBe(1);
});
