import { groupOfImage } from '../../native/rbd-group.ts';
import { CephError } from '../ceph/errors.ts';
import { within } from '../ceph/operations.ts';
import { translating } from '../ceph/translate.ts';
import type { VolumeContext } from './context.ts';
import { snapshotsOfGroup } from './group-snapshots.ts';
import { openSameImage } from './image-handle.ts';
import { formatImageName, type GroupName } from './name.ts';
import { findPart, removeAnchor, removeFromAll } from './release-snapshot.ts';

/** Removes what a snapshot of the image's group left that was begun and never came about: see the port. */
export async function removeUnfinished(
  context: VolumeContext,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { operations, snapshotTimeoutMs } = context;
  const what = `cannot remove what is left of snapshot ${formatImageName(context.name)}@${name}`;
  const request = operations.run(signal, () => translating({ what }, () => remove(context, name)));
  if ((await within(request, snapshotTimeoutMs, 'stalled')) !== 'stalled') return;
  request.catch(() => undefined);
  throw new CephError('snapshot-stalled', `${what}: no answer in ${snapshotTimeoutMs / 1000} s`);
}

async function remove(context: VolumeContext, name: string): Promise<void> {
  const { part, anchor } = await findPart(context, context.name, name);
  if (part?.isComplete) return;
  const group = part?.group ?? (await currentGroup(context));
  if (group !== null && (await isUnfinished(context, group, name))) {
    await removeFromAll(context, { group, name });
  }
  if (anchor !== null) await removeAnchor(context, anchor);
}

async function currentGroup(context: VolumeContext): Promise<GroupName | null> {
  const { cluster, name, identity } = context;
  await using head = await openSameImage(cluster, name, identity, 'read-only');
  const found = await groupOfImage(head.image);
  const pool = found === null ? null : cluster.poolName(found.poolId);
  if (found === null || pool === null) return null;
  return { pool, namespace: name.namespace, group: found.group };
}

async function isUnfinished(
  { cluster }: VolumeContext,
  group: GroupName,
  name: string,
): Promise<boolean> {
  const snapshots = await snapshotsOfGroup(cluster, group);
  return snapshots.some((snapshot) => snapshot.name === name && !snapshot.isComplete);
}
