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
import { releaseSnapshot } from './release-snapshot.ts';

/** Removes a snapshot if it is still there under its name and with its id. Tells whether it is gone. */
export async function removeSnapshot(
  context: VolumeContext,
  snapshot: ImageSnapshot,
  signal: AbortSignal,
): Promise<boolean> {
  const { operations, snapshotTimeoutMs } = context;
  const remove = snapshot.group === null ? removeOwn : releaseSnapshot;
  const request = operations.run(signal, () => remove(context, snapshot));
  const outcome = await within(request, snapshotTimeoutMs, 'stalled' as const);
  if (outcome !== 'stalled') return outcome;
  request.catch(() => undefined);
  const full = `${formatImageName(context.name)}@${snapshot.name}`;
  throw new CephError(
    'snapshot-stalled',
    `snapshot ${full} was not removed: no answer in ${snapshotTimeoutMs / 1000} s`,
  );
}

async function removeOwn(context: VolumeContext, snapshot: ImageSnapshot): Promise<true> {
  const { cluster, name, identity } = context;
  const full = `${formatImageName(name)}@${snapshot.name}`;
  const what = `cannot remove snapshot ${full}`;
  try {
    await using head = await openSameImage(cluster, name, identity, 'writable');
    const found = (await listUserSnapshots(head.image)).find(
      ({ id, name: label }) => String(id) === snapshot.id && label === snapshot.name,
    );
    if (found === undefined) return true;
    if (isSnapshotProtected(head.image, found.name)) {
      throw new CephError('snapshot-protected', `${what}: it is protected`);
    }
    await removeSnapshotById(head.image, found.id);
    return true;
  } catch (error) {
    // Somebody else removed it in this moment.
    if (error instanceof ErrnoError && error.code === 'ENOENT') return true;
    throw translate(error, { what });
  }
}
