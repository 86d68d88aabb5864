import { expect, it } from 'vitest';
import { victimOf } from './handshakes.ts';

it('the oldest of the address that has most waiting is ended', () => {
  const waiting = ['10.0.0.1', '10.0.0.9', '10.0.0.9', '10.0.0.2'].map((address, n) => ({
    address,
    n,
  }));
  expect(victimOf(waiting)?.n).toBe(1);
  expect(victimOf(waiting.slice(0, 2))?.n).toBe(0);
  expect(victimOf([])).toBeUndefined();
});
