import type { ImageSnapshot } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import { mirrorRole } from '../../native/rbd-describe.ts';
import * as native from '../../native/rbd-snapshots.ts';
import { CephError } from '../ceph/errors.ts';
import { translate } from '../ceph/translate.ts';
import type { VolumeContext } from './context.ts';
import { openSameImage } from './image-handle.ts';
import { makeOnce, type Outcome } from './make-once.ts';
import { formatImageName } from './name.ts';
import { readSnapshots, snapshotsOf } from './read-snapshots.ts';

const ATTEMPTS = 2;

/**
 * Makes a snapshot. The request goes to the owner of the image's exclusive lock, which may answer
 * late or never: then the list tells whether the snapshot was made before it is tried once more.
 */
export async function createSnapshot(
  context: VolumeContext,
  name: string,
  signal: AbortSignal,
): Promise<ImageSnapshot> {
  const { operations, snapshotTimeoutMs: timeoutMs } = context;
  const full = `${formatImageName(context.name)}@${name}`;
  const outcome = await makeOnce({
    request: (seenFree) => operations.run(signal, () => requestSnapshot(context, name, seenFree)),
    find: async () => named(await operations.run(signal, () => readSnapshots(context)), name),
    timeoutMs,
    attempts: ATTEMPTS,
  });
  if (typeof outcome !== 'string') return outcome;
  throw outcome === 'exists'
    ? new CephError('snapshot-exists', `snapshot ${full} exists already (EEXIST, errno 17)`)
    : new CephError(
        'snapshot-stalled',
        `snapshot ${full} was not made: no answer in ${ATTEMPTS} attempts of ${timeoutMs / 1000} s`,
      );
}

const named = (snapshots: readonly ImageSnapshot[], wanted: string) =>
  snapshots.find(({ name }) => name === wanted);

async function requestSnapshot(
  context: VolumeContext,
  name: string,
  seenFree: () => void,
): Promise<Outcome<ImageSnapshot>> {
  const { cluster, identity } = context;
  const full = formatImageName(context.name);
  const what = `cannot make snapshot ${full}@${name}`;
  try {
    await using head = await openSameImage(cluster, context.name, identity, 'writable');
    if (named(await snapshotsOf(context, head), name) !== undefined) return 'exists';
    seenFree();
    try {
      await native.createSnapshot(head.image, name);
      return named(await snapshotsOf(context, head), name) ?? 'stalled';
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
      if (error.code === 'EEXIST') return 'exists';
      if (error.code === 'ETIMEDOUT') return 'stalled';
      if (error.code === 'EROFS' && (await mirrorRole(head.image)) === 'non-primary') {
        const why = 'the image is a non-primary mirror, which cannot be snapshotted';
        const message = `${what}: ${why} (${error.code}, errno ${error.errno})`;
        throw new CephError('not-primary', message, { cause: error });
      }
      throw error;
    }
  } catch (error) {
    throw translate(error, { what, missing: 'image-missing' });
  }
}
