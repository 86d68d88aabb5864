import { expect, it } from 'vitest';
import { runnerEnvironment } from './environment.ts';

it('has a thread for each transfer, and some beside them', () => {
  const threads = (transfers: number) => runnerEnvironment('rbd', transfers)['UV_THREADPOOL_SIZE'];
  expect([1, 8, 32, 64].map(threads)).toEqual(['16', '16', '40', '72']);
});
