import type { ImageSnapshot } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import { removeGroupSnapshot } from '../../native/rbd-group.ts';
import { listByNamespace, removeSnapshotById } from '../../native/rbd-snapshots.ts';
import { CephError } from '../ceph/errors.ts';
import { translate } from '../ceph/translate.ts';
import { anchorName } from './anchor.ts';
import type { VolumeContext } from './context.ts';
import { groupMembers } from './group-members.ts';
import { type PartOfSnapshot, partsOfSnapshots } from './group-snapshots.ts';
import { openHandle, openSameImage } from './image-handle.ts';
import { formatGroupName, formatImageName, type ImageName, parseImageName } from './name.ts';

/**
 * Gives up an image's part in a snapshot of its group. Ceph can remove such a snapshot from all images only, so
 * it goes with the last image that needs it. Tells whether it is gone.
 */
export async function releaseSnapshot(
  context: VolumeContext,
  snapshot: ImageSnapshot,
): Promise<boolean> {
  const what = `cannot remove snapshot ${snapshot.group}@${snapshot.name}`;
  // Two that look at the same time would each see that the other needs it.
  const leave = await context.releasing.take();
  try {
    const { part, anchor } = await findPart(context, context.name, snapshot.name);
    const isThere = String(part?.id) === snapshot.id;
    const isNeeded = part !== null && isThere && (await isNeededElsewhere(context, part));
    // Before the group's: as long as that is there, it is known that there is something to be removed.
    if (anchor !== null && anchor < BigInt(snapshot.id)) await removeAnchor(context, anchor);
    if (isNeeded) return false;
    if (part !== null && isThere) await removeFromAll(context, part);
    return true;
  } catch (error) {
    throw translate(error, { what });
  } finally {
    leave();
  }
}

/** What an image has of a snapshot of this name of its group. */
export async function findPart(
  { cluster }: Pick<VolumeContext, 'cluster'>,
  name: ImageName,
  snapshot: string,
): Promise<{ readonly part: PartOfSnapshot | null; readonly anchor: bigint | null }> {
  await using head = await openHandle(cluster, name, 'read-only');
  const { user, group } = await listByNamespace(head.image);
  const parts = await partsOfSnapshots(cluster, head.image, name.namespace, group);
  return {
    part: parts.find((found) => found.name === snapshot) ?? null,
    anchor: user.find((found) => found.name === anchorName(snapshot))?.id ?? null,
  };
}

/** Whether another image has its anchor still. */
async function isNeededElsewhere(
  context: VolumeContext,
  { group, name }: PartOfSnapshot,
): Promise<boolean> {
  const own = formatImageName(context.name);
  const members = await groupMembers(context.cluster, group);
  for (const other of new Set([...members, ...context.opened])) {
    if (other === own) continue;
    try {
      const { part, anchor } = await findPart(context, parseImageName(other), name);
      const isSame = part !== null && formatGroupName(part.group) === formatGroupName(group);
      if (isSame && anchor !== null) return true;
    } catch (error) {
      if (!(error instanceof CephError) || error.code !== 'image-missing') throw error;
    }
  }
  return false;
}

/** Removes an anchor of an image by its id. */
export async function removeAnchor(
  { cluster, name, identity }: VolumeContext,
  id: bigint,
): Promise<void> {
  await using head = await openSameImage(cluster, name, identity, 'writable');
  await unlessGone(() => removeSnapshotById(head.image, id));
}

/** Removes a group's snapshot from all of its images. */
export async function removeFromAll(
  { cluster }: VolumeContext,
  { group: { pool, namespace, group }, name }: Pick<PartOfSnapshot, 'group' | 'name'>,
): Promise<void> {
  using io = await cluster.openPool(pool, namespace);
  await unlessGone(() => removeGroupSnapshot(io, group, name));
}

/** Somebody else may remove the same in this moment. */
async function unlessGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.code !== 'ENOENT') throw error;
  }
}
