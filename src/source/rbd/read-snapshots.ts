import type { ImageSnapshot } from '../../core/volume.ts';
import type { Image } from '../../native/rbd-image.ts';
import { isSnapshotProtected, listUserSnapshots } from '../../native/rbd-snapshots.ts';
import { translating } from '../ceph/translate.ts';
import type { VolumeContext } from './context.ts';
import { openSameImage } from './image-handle.ts';
import { formatImageName } from './name.ts';
import { toBytes } from './size.ts';

/** The user snapshots of an image as they are now, oldest first. */
export async function readSnapshots(context: VolumeContext): Promise<readonly ImageSnapshot[]> {
  const { cluster, name, identity } = context;
  await using head = await openSameImage(cluster, name, identity, 'read-only');
  const full = formatImageName(name);
  const what = `cannot list the snapshots of ${full}`;
  return await translating({ what }, () => describeSnapshots(head.image, full));
}

async function describeSnapshots(image: Image, name: string): Promise<readonly ImageSnapshot[]> {
  const snapshots = await listUserSnapshots(image);
  return [...snapshots]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((snapshot) => ({
      name: snapshot.name,
      id: String(snapshot.id),
      size: toBytes(snapshot.size, `${name}@${snapshot.name}`),
      isProtected: isSnapshotProtected(image, snapshot.name),
    }));
}
