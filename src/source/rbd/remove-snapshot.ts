import type { SourceSnapshot } from '../../core/source.ts';
import { ErrnoError } from '../../native/errno.ts';
import {
  isSnapshotProtected,
  listUserSnapshots,
  removeSnapshotById,
} from '../../native/rbd-snapshots.ts';
import type { VolumeContext } from './context.ts';
import { CephError } from './errors.ts';
import { openSameImage } from './image-handle.ts';
import { formatImageName } from './name.ts';
import { within } from './operations.ts';
import { translate } from './translate.ts';

/** Removes a snapshot if it is still there under its name and with its id. */
export async function removeSnapshot(
  context: VolumeContext,
  snapshot: SourceSnapshot,
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

async function remove(context: VolumeContext, snapshot: SourceSnapshot): Promise<void> {
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
