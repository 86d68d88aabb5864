import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Expand } from '../protocol/zstd.ts';
import { createExpander } from './expander.ts';

it('bodies are expanded so many at a time, and one that cannot be keeps no place', async () => {
  const going: PromiseWithResolvers<Buffer>[] = [];
  const slow: Expand = () => {
    const one = Promise.withResolvers<Buffer>();
    going.push(one);
    return one.promise;
  };
  const expand = createExpander(2, slow);
  const all = Promise.allSettled(Array.from({ length: 5 }, () => expand(Buffer.alloc(1), 2)));
  await turn();
  expect(going).toHaveLength(2);
  going[0]?.reject(new Error('no Zstandard'));
  going[1]?.resolve(Buffer.alloc(2));
  await turn();
  expect(going).toHaveLength(4);
  going[2]?.resolve(Buffer.alloc(2));
  going[3]?.resolve(Buffer.alloc(2));
  await turn();
  going[4]?.resolve(Buffer.alloc(2));
  expect((await all).filter(({ status }) => status === 'rejected')).toHaveLength(1);
});
