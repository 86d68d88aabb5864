import { expect, it, vi } from 'vitest';
import { readDetails } from './worker-details.ts';

const names = [
  'user.a',
  'trusted.ceph2zfsX',
  'trusted.ceph2zfs.settings',
  'trusted.ceph2zfs',
  'trusted.ceph2zf',
  'ceph.file.layout',
];

vi.mock('../../native/cephfs-xattrs.ts', () => ({
  listXattrs: () => names.map((name) => Buffer.from(name)),
  getXattr: () => Buffer.from('v'),
}));

it('leaves out the attributes of Ceph and of our copies, and no others', async () => {
  const { xattrs } = await readDetails(1n, {
    path: Buffer.from('p\0'),
    type: 'fifo',
    size: 0,
    dataUpTo: 0,
    defaultLayout: { stripeUnit: 1, stripeCount: 1, objectSize: 1, pool: 1 },
  });
  expect(xattrs.map(([name]) => Buffer.from(name).toString())).toEqual([
    'trusted.ceph2zf',
    'trusted.ceph2zfsX',
    'user.a',
  ]);
});
