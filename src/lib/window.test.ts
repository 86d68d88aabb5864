import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createWindow } from './window.ts';

it('keeps no more than its width going at a time', async () => {
  const window = createWindow(3);
  let going = 0;
  let most = 0;
  for (let count = 0; count < 10; count++) {
    await window.add(async () => {
      most = Math.max(most, ++going);
      await sleep(1);
      going--;
    });
  }
  await window.drain();
  expect(most).toBe(3);
  expect(going).toBe(0);
});

it('throws the first failure, after all that was started has ended', async () => {
  const window = createWindow(2);
  let ended = 0;
  await window.add(async () => {
    await sleep(5);
    ended++;
    throw new Error('first');
  });
  await window.add(async () => {
    await sleep(20);
    ended++;
    throw new Error('second');
  });
  await expect(window.add(async () => undefined)).rejects.toThrow('first');
  await expect(window.drain()).rejects.toThrow('first');
  expect(ended).toBe(2);
});
