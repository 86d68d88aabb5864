import { fileURLToPath } from 'node:url';

/** Everything that the demo makes has these names, so that it can also take it away. */
export const IMAGE = 'rbd/demo-vm';
export const DATASET = 'c2zlab/demo';
export const ZVOL = `${DATASET}/rbd/${IMAGE}`;

/** A directory of the lab's CephFS, and the filesystem that has its backups. */
export const SHARE = '/demo-share';
export const SHARE_BACKUP = `${DATASET}/cephfs/cephfs${SHARE}`;

/** Of the checkout, which both sides of the lab see at the same path. */
export const CONFIG = 'node_modules/.lab/demo.yaml';

/** What a sink on the ZFS side keeps of the same image, the clone of it that is looked at, and the sink's own files. */
export const PUSHED = 'c2zlab/demo-pushed';
export const PUSHED_ZVOL = `${PUSHED}/rbd/${IMAGE}`;
export const PUSHED_CLONE = `${PUSHED}/look`;
export const SINK_CONFIG = 'node_modules/.lab/demo-sink.yaml';
export const PUSH_CONFIG = 'node_modules/.lab/demo-push.yaml';
export const PKI = fileURLToPath(new URL('../../node_modules/.lab/demo-pki', import.meta.url));

/** On this machine: the disk's contents while they are made. */
export const WORK = fileURLToPath(new URL('../../node_modules/.lab/demo/', import.meta.url));

/** On the ZFS side: the clones of the old and the new snapshot, and where they are mounted. */
export const CLONES = { old: `${DATASET}/old`, new: `${DATASET}/new` } as const;
/** There, too: where the CephFS is mounted, and where a backup of the share is. */
export const FILESYSTEM = '/run/ceph2zfs-demo/cephfs';
export const SHARE_MOUNT = '/run/ceph2zfs-demo/share';

export const MOUNTS = { old: '/run/ceph2zfs-demo/old', new: '/run/ceph2zfs-demo/new' } as const;
