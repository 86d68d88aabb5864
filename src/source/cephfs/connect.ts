import { createPace } from '../../lib/pace.ts';
import type { Layout } from '../../native/cephfs-file.ts';
import { Mount } from '../../native/cephfs-mount.ts';
import type { Cluster } from '../../native/rados.ts';
import { type ConnectOptions, connectCluster } from '../ceph/connect.ts';
import { Operations } from '../ceph/operations.ts';
import { createCallThreads } from './calls.ts';
import type { FilesystemContext } from './context.ts';
import { type Filesystem, findFilesystem } from './filesystems.ts';
import { ENTRIES_PER_SECOND } from './listing.ts';
import { SNAPSHOTS } from './path.ts';
import { translatingCephfs } from './translate.ts';
import { keepTrimmed } from './trimming.ts';

export interface FilesystemOptions extends Omit<ConnectOptions, 'options'> {
  /** Name of the filesystem; without it the cluster's default one. */
  readonly filesystem?: string | undefined;
  /** How long making or removing a snapshot may take before it is looked into, in milliseconds. */
  readonly snapshotTimeoutMs?: number | undefined;
  /** How many threads make calls into libcephfs. */
  readonly threads?: number | undefined;
}

const SNAPSHOT_TIMEOUT_MS = 60_000;

/** Each waits for an MDS or an OSD most of the time; each takes some MiB. */
const THREADS = 4;

const OPTIONS: Readonly<Record<string, string>> = {
  client_snapdir: SNAPSHOTS,
  // A backup reads everything, whoever runs it: what the Ceph user may do is decided by its caps.
  client_permissions: 'false',
  // Else ACLs are not shown.
  client_acl_type: 'posix_acl',
  // Nothing is read twice, so a cache of data would only cost memory.
  client_oc: 'false',
  client_cache_size: '4096',
};

const MIB = 1024 * 1024;

/** The layout that an MDS gives to files, but for the pool. */
const DEFAULT_LAYOUT = { stripeUnit: 4 * MIB, stripeCount: 1, objectSize: 4 * MIB } as const;

/** A filesystem that is mounted. To be closed when nothing is opened from it any more. */
export interface OpenFilesystem extends AsyncDisposable {
  readonly context: FilesystemContext;
}

export async function connectFilesystem(options: FilesystemOptions): Promise<OpenFilesystem> {
  const cluster = await connectCluster({ ...options, options: OPTIONS });
  let mount: Mount | undefined;

  async function close(): Promise<void> {
    // In this order, and the cluster not at all when the mount stays: it uses the cluster.
    await mount?.[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  }

  try {
    const filesystem = await findFilesystem(cluster, options.filesystem);
    const what = `cannot mount filesystem ${filesystem.name} as client.${options.user}`;
    mount = await mountFilesystem(cluster, filesystem, what);
    await proveMounted(mount, filesystem, what);
    const pool = mount.defaultDataPool();
    const defaultLayout: Layout = { ...DEFAULT_LAYOUT, pool: pool.id };
    const threads = createCallThreads(options.threads ?? THREADS);
    const nudges = createCallThreads(1);
    const trimming = keepTrimmed();
    return {
      context: {
        cluster,
        mount,
        call: threads.call,
        nudge: nudges.call,
        operations: new Operations(),
        pace: createPace(() => ENTRIES_PER_SECOND),
        filesystem,
        clusterId: cluster.fsid(),
        defaultLayout,
        defaultPool: pool.name,
        snapshotTimeoutMs: options.snapshotTimeoutMs ?? SNAPSHOT_TIMEOUT_MS,
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([threads, nudges, trimming].map((part) => part[Symbol.asyncDispose]()));
        await close();
      },
    };
  } catch (error) {
    await using _ = { [Symbol.asyncDispose]: close };
    throw error;
  }
}

function mountFilesystem(cluster: Cluster, { name }: Filesystem, what: string): Promise<Mount> {
  return translatingCephfs({ what, missing: 'filesystem-missing' }, () =>
    Mount.open(cluster, name),
  );
}

/** It was mounted by its name, which another one may have got meanwhile. */
function proveMounted(mount: Mount, { id }: Filesystem, what: string): Promise<void> {
  return translatingCephfs({ what, missing: 'filesystem-missing' }, () => {
    if (mount.filesystemId() !== id) throw new Error('another one has its name by now');
  });
}
