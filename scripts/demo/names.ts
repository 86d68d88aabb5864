import { fileURLToPath } from 'node:url';

/** Everything that the demo makes has these names, so that it can also take it away. */
export const IMAGE = 'rbd/demo-vm';
export const DATASET = 'c2zlab/demo';
export const ZVOL = `${DATASET}/rbd/${IMAGE}`;

/** Of the checkout, which both sides of the lab see at the same path. */
export const CONFIG = 'node_modules/.lab/demo.yaml';

/** On this machine: the disk's contents while they are made. */
export const WORK = fileURLToPath(new URL('../../node_modules/.lab/demo/', import.meta.url));

/** On the ZFS side: the clones of the old and the new snapshot, and where they are mounted. */
export const CLONES = { old: `${DATASET}/old`, new: `${DATASET}/new` } as const;
export const MOUNTS = { old: '/run/ceph2zfs-demo/old', new: '/run/ceph2zfs-demo/new' } as const;
