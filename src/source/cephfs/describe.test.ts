import { expect, it } from 'vitest';
import type { Mount } from '../../native/cephfs-mount.ts';
import type { Cluster } from '../../native/rados.ts';
import { Operations } from '../ceph/operations.ts';
import type { Call } from './calls.ts';
import type { FilesystemContext } from './context.ts';
import { describeTree } from './describe.ts';

const mount = { handle: 1n } as Mount;

function filesystemOf(bytes: bigint): FilesystemContext {
  const answers: Record<string, unknown> = {
    readAttribute: Buffer.from(String(bytes)),
    readDetails: { settings: {} },
  };
  const call = (async (method: string) => answers[method]) as Call;
  return {
    cluster: {} as Cluster,
    mount,
    call,
    nudge: call,
    operations: new Operations(),
    filesystem: { name: 'fs', id: 1 },
    clusterId: 'c',
    defaultLayout: { stripeUnit: 1, stripeCount: 1, objectSize: 1, pool: 1 },
    defaultPool: 'data',
    snapshotTimeoutMs: 50,
  };
}

it.each([
  [4096n, 4096],
  [2n ** 53n, Number.MAX_SAFE_INTEGER],
  [2n ** 64n - 4096n, Number.MAX_SAFE_INTEGER],
])('tells of a tree of %d bytes that it has %d', async (bytes, size) => {
  expect(await describeTree(filesystemOf(bytes), mount, '/d')).toMatchObject({ size });
});
