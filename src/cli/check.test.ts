import { expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { checkedLines } from './check.ts';

it('tells the groups of a job apart from its other sources', () => {
  const config = parseConfig(
    `jobs:
  - name: shop
    source: { type: rbd, select: ["rbd/a"], rbd_groups: ["rbd/shop", "rbd/x/*"] }
    target: { type: zfs, dataset: tank/b }`,
    'c.yaml',
  );
  expect(checkedLines(config)).toEqual([
    'ok: 1 job',
    '  shop: rbd rbd/a group rbd/shop group rbd/x/* to zfs tank/b',
  ]);
});
