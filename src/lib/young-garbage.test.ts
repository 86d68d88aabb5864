import { expect, it } from 'vitest';
import { createYoungCollector } from './young-garbage.ts';

const MIB = 1024 * 1024;

it('collects young garbage, and no other, each time that so many bytes came', () => {
  const collected: unknown[] = [];
  const came = createYoungCollector((options) => collected.push(options));
  for (let at = 0; at < 100; at++) came(MIB);
  expect(collected).toEqual(Array.from({ length: 12 }, () => ({ type: 'minor' })));
});

it('does nothing when V8 offers nothing', () => {
  createYoungCollector(undefined)(1000 * MIB);
});
