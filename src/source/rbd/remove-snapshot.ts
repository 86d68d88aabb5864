import type { ImageSnapshot } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import {
  isSnapshotProtected,
  listUserSnapshots,
  removeSnapshotById,
} from '../../native/rbd-snapshots.ts';
import { CephError } from '../ceph/errors.ts';
import { within } from '../ceph/operations.ts';
import { translate } from '../ceph/translate.ts';
import type { VolumeContext } from './context.ts';
import { openSameImage } from './image-handle.ts';
import { formatImageName } from './name.ts';

/** Removes a snapshot if it is still there under its name and with its id. */
export async function removeSnapshot(
  context: VolumeContext,
  snapshot: ImageSnapshot,
  signal: AbortSignal,
): Promise<void> {
  const { operations, snapshotTimeoutMs } = context;
  const request = operations.run(signal, () => remove(context, snapshot));
  if ((await within(request, snapshotTimeoutMs, 'stalled')) !== 'stalled') return;
  request.catch(() => undefined);
  const full = `${formatImageName(context.name)}@${snapshot.name}`;
  throw new CephError(
    'snapshot-stalled',
    `snapshot ${full} was not removed: no answer in ${snapshotTimeoutMs / 1000} s`,
  );
}

async function remove(context: VolumeContext, snapshot: ImageSnapshot): Promise<void> {
  const { cluster, name, identity } = context;
  const full = `${formatImageName(name)}@${snapshot.name}`;
  const what = `cannot remove snapshot ${full}`;
  try {
    await using head = await openSameImage(cluster, name, identity, 'writable');
    const found = (await listUserSnapshots(head.image)).find(
      ({ id, name: label }) => String(id) === snapshot.id && label === snapshot.name,
    );
    if (found === undefined) return;
    if (isSnapshotProtected(head.image, found.name)) {
      throw new CephError('snapshot-protected', `${what}: it is protected`);
    }
    await removeSnapshotById(head.image, found.id);
  } catch (error) {
    // Somebody else removed it in this moment.
    if (error instanceof ErrnoError && error.code === 'ENOENT') return;
    throw translate(error, { what });
  }
}
