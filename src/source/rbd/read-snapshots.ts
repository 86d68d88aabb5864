import type { ImageSnapshot } from '../../core/volume.ts';
import { isSnapshotProtected, listByNamespace } from '../../native/rbd-snapshots.ts';
import { translating } from '../ceph/translate.ts';
import type { VolumeContext } from './context.ts';
import { partsOfSnapshots } from './group-snapshots.ts';
import { type ImageHandle, openSameImage } from './image-handle.ts';
import { formatGroupName, formatImageName } from './name.ts';
import { toBytes } from './size.ts';

/** The snapshots of an image as they are now, its own and those of groups, oldest first. */
export async function readSnapshots(context: VolumeContext): Promise<readonly ImageSnapshot[]> {
  const { cluster, name, identity } = context;
  await using head = await openSameImage(cluster, name, identity, 'read-only');
  return await snapshotsOf(context, head);
}

/** As {@link readSnapshots}, of an image that is open: one that is open for reading only knows what there was then. */
export function snapshotsOf(
  context: VolumeContext,
  head: ImageHandle,
): Promise<readonly ImageSnapshot[]> {
  const full = formatImageName(context.name);
  const what = `cannot list the snapshots of ${full}`;
  return translating({ what }, () => describeSnapshots(context, head, full));
}

async function describeSnapshots(
  { cluster, name: { namespace } }: VolumeContext,
  { image }: ImageHandle,
  full: string,
): Promise<readonly ImageSnapshot[]> {
  const { user, group } = await listByNamespace(image);
  const own = user.map((snapshot) => ({
    ...snapshot,
    isProtected: isSnapshotProtected(image, snapshot.name),
    group: null,
  }));
  // One that not all images of its group got is none.
  const shared = (await partsOfSnapshots(cluster, image, namespace, group))
    .filter(({ isComplete }) => isComplete)
    .map((part) => ({ ...part, isProtected: false, group: formatGroupName(part.group) }));
  return [...own, ...shared]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, size, name, isProtected, group }) => ({
      name,
      id: String(id),
      size: toBytes(size, `${full}@${name}`),
      isProtected,
      group,
    }));
}
