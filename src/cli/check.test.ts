import { expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { checkedLines } from './check.ts';

it('tells which jobs push, and to which sink', () => {
  const config = parseConfig(
    `jobs:
  - name: offsite
    source: { type: cephfs, select: ["/home"] }
    target: { type: sink, url: "https://backup", tls: { ca: /a, cert: /c, key: /k } }`,
    'c.yaml',
  );
  expect(checkedLines(config)).toEqual([
    'ok: 1 job',
    '  offsite: cephfs (cephfs) /home to sink https://backup:8470',
  ]);
});

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

it('tells the clients of a sink, and where each pushes to', () => {
  const tls = '{ ca: /a, cert: /b, key: /c }';
  const config = parseConfig(
    `sink: { listen: 0.0.0.0, tls: ${tls}, clients: { pve-1: { dataset: tank/pve-1 } } }`,
    'c.yaml',
  );
  expect(checkedLines(config)).toEqual([
    'ok: a sink with 1 client',
    '  client pve-1: to tank/pve-1',
  ]);
});
