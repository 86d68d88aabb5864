import { ErrnoError } from '../../native/errno.ts';
import type { Cluster } from '../../native/rados.ts';
import {
  type GroupSnapshotInfo,
  groupOfSnapshot,
  listGroupSnapshots,
  type SnapshotGroup,
} from '../../native/rbd-group.ts';
import type { Image } from '../../native/rbd-image.ts';
import type { SnapshotInfo } from '../../native/rbd-snapshots.ts';
import { formatGroupName, type GroupName } from './name.ts';

/** The part that an image has in a snapshot of a group. */
export interface PartOfSnapshot {
  readonly id: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly group: GroupName;
  /** Name of the snapshot in the group. */
  readonly name: string;
  /** Whether all images of the group got theirs. */
  readonly isComplete: boolean;
}

/**
 * Of which snapshots of which groups an image's snapshots are parts. `namespace` is that of the image: it is the
 * group's as well. Those that their group knows no more are left out.
 */
export async function partsOfSnapshots(
  cluster: Cluster,
  image: Image,
  namespace: string,
  snapshots: readonly SnapshotInfo[],
): Promise<readonly PartOfSnapshot[]> {
  const parts: PartOfSnapshot[] = [];
  const known = new Map<string, readonly GroupSnapshotInfo[]>();
  for (const { id, size } of snapshots) {
    const found = await visibleGroup(image, id);
    const pool = found === null ? null : cluster.poolName(found.poolId);
    if (found === null || pool === null) continue;
    const group = { pool, namespace, group: found.group };
    const key = formatGroupName(group);
    const all = known.get(key) ?? (await snapshotsOfGroup(cluster, group));
    known.set(key, all);
    const isComplete = all.some(({ name, isComplete }) => name === found.snapshot && isComplete);
    parts.push({ id, size, group, name: found.snapshot, isComplete });
  }
  return parts;
}

/** A group that this user may not see is in a pool of others, and so are its snapshots: it is none of ours. */
async function visibleGroup(image: Image, id: bigint): Promise<SnapshotGroup | null> {
  try {
    return await groupOfSnapshot(image, id);
  } catch (error) {
    if (error instanceof ErrnoError && ['EPERM', 'EACCES'].includes(error.code)) return null;
    throw error;
  }
}

export async function snapshotsOfGroup(
  cluster: Cluster,
  { pool, namespace, group }: GroupName,
): Promise<readonly GroupSnapshotInfo[]> {
  using io = await cluster.openPool(pool, namespace);
  return await listGroupSnapshots(io, group);
}
