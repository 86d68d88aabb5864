import type { Mount } from '../../src/native/cephfs-mount.ts';
import type { Cluster } from '../../src/native/rados.ts';
import { Operations } from '../../src/source/ceph/operations.ts';
import type { Call } from '../../src/source/cephfs/calls.ts';
import type { FilesystemContext } from '../../src/source/cephfs/context.ts';

/** A filesystem of which only the calls answer, by their names. */
export function filesystemContext(
  answer: (method: string, ...args: never[]) => unknown,
  snapshotTimeoutMs = 50,
): FilesystemContext {
  const call = (async (method: string, ...args: never[]) => answer(method, ...args)) as Call;
  return {
    cluster: {} as Cluster,
    mount: { handle: 1n } as Mount,
    call,
    nudge: call,
    operations: new Operations(),
    pace: async () => undefined,
    filesystem: { name: 'fs', id: 1 },
    clusterId: 'c',
    defaultLayout: { stripeUnit: 1, stripeCount: 1, objectSize: 1, pool: 1 },
    defaultPool: 'data',
    snapshotTimeoutMs,
  };
}
