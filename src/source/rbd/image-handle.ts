import type { ImageIdentity } from '../../core/source.ts';
import type { ImageSnapshot } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import type { Cluster, IoContext } from '../../native/rados.ts';
import { Image } from '../../native/rbd-image.ts';
import { hasNamespace } from '../../native/rbd-pool.ts';
import { setSnapshot, snapshotId } from '../../native/rbd-snapshots.ts';
import { CephError } from '../ceph/errors.ts';
import { translate, translating } from '../ceph/translate.ts';
import { formatImageName, type ImageName } from './name.ts';

/** An image that is open, together with its pool. */
export interface ImageHandle extends AsyncDisposable {
  readonly io: IoContext;
  readonly image: Image;
}

export type OpenMode = 'read-only' | 'writable';

/** Opens the head of whatever image has this name. */
export async function openHandle(
  cluster: Cluster,
  name: ImageName,
  mode: OpenMode,
  snapshot: string | null = null,
): Promise<ImageHandle> {
  const full = formatImageName(name);
  const io = await translating(
    { what: `cannot open pool ${name.pool} of image ${full}`, missing: 'pool-missing' },
    () => cluster.openPool(name.pool, name.namespace),
  );
  try {
    const image =
      mode === 'writable'
        ? await Image.openWritable(io, name.image)
        : await Image.openReadOnly(io, name.image, snapshot);
    return handle(io, image);
  } catch (error) {
    io[Symbol.dispose]();
    throw await openError(cluster, name, snapshot, mode, error);
  }
}

/** Opens the head only if it is still the image that is meant. */
export async function openSameImage(
  cluster: Cluster,
  name: ImageName,
  identity: ImageIdentity,
  mode: OpenMode,
): Promise<ImageHandle> {
  const opened = await openHandle(cluster, name, mode);
  return proving(opened, () => proveImage(opened, name, identity));
}

/** Opens a snapshot only if both it and its image are those that are meant. */
export async function openSameSnapshot(
  cluster: Cluster,
  name: ImageName,
  identity: ImageIdentity,
  snapshot: ImageSnapshot,
): Promise<ImageHandle> {
  if (snapshot.group !== null) return openGroupSnapshot(cluster, name, identity, snapshot);
  const opened = await openHandle(cluster, name, 'read-only', snapshot.name);
  return proving(opened, () => {
    proveImage(opened, name, identity);
    const id = snapshotId(opened.image, snapshot.name);
    if (String(id) !== snapshot.id) throw snapshotMissing(name, snapshot, `id ${id} has its name`);
  });
}

/** What a group's snapshot is called in its images is no name to open it by: its id is. */
async function openGroupSnapshot(
  cluster: Cluster,
  name: ImageName,
  identity: ImageIdentity,
  snapshot: ImageSnapshot,
): Promise<ImageHandle> {
  const opened = await openSameImage(cluster, name, identity, 'read-only');
  return proving(opened, async () => {
    try {
      await setSnapshot(opened.image, BigInt(snapshot.id));
    } catch (error) {
      const isGone = error instanceof ErrnoError && error.code === 'ENOENT';
      throw isGone
        ? snapshotMissing(name, snapshot, 'its group has it no more')
        : translate(error, { what: `cannot open ${snapshotWords(name, snapshot)}` });
    }
  });
}

/** The error for a snapshot that was there once. */
export function snapshotMissing(name: ImageName, snapshot: ImageSnapshot, why: string): CephError {
  const what = snapshotWords(name, snapshot);
  return new CephError('snapshot-missing', `${what} does not exist any more: ${why}`);
}

function snapshotWords(name: ImageName, snapshot: ImageSnapshot): string {
  return `snapshot ${formatImageName(name)}@${snapshot.name} (id ${snapshot.id})`;
}

function proveImage({ io, image }: ImageHandle, name: ImageName, identity: ImageIdentity): void {
  const pool = io.poolId();
  const id = image.id();
  if (pool === identity.pool && id === identity.image) return;
  const was = `pool ${identity.pool}, image id ${identity.image}`;
  throw new CephError(
    'image-replaced',
    `image ${formatImageName(name)} is another one than before: it was ${was}, and is pool ${pool}, image id ${id}`,
  );
}

async function proving(
  opened: ImageHandle,
  prove: () => void | Promise<void>,
): Promise<ImageHandle> {
  try {
    await prove();
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

function handle(io: IoContext, image: Image): ImageHandle {
  return {
    io,
    image,
    async [Symbol.asyncDispose]() {
      try {
        await image[Symbol.asyncDispose]();
      } finally {
        io[Symbol.dispose]();
      }
    },
  };
}

/** librbd says ENOENT for anything that is not there: finds out what it is. */
async function openError(
  cluster: Cluster,
  name: ImageName,
  snapshot: string | null,
  mode: OpenMode,
  error: unknown,
): Promise<unknown> {
  const full = formatImageName(name);
  if (!(error instanceof ErrnoError) || error.code !== 'ENOENT') {
    const at = snapshot === null ? '' : `@${snapshot}`;
    const purpose = mode === 'writable' ? ' for writing' : '';
    return translate(error, { what: `cannot open image ${full}${at}${purpose}` });
  }
  if (snapshot !== null) {
    try {
      await using _ = await openHandle(cluster, name, 'read-only');
      return translate(error, {
        what: `snapshot ${full}@${snapshot}`,
        missing: 'snapshot-missing',
      });
    } catch (why) {
      return why;
    }
  }
  if (name.namespace !== '' && !(await namespaceExists(cluster, name))) {
    const what = `namespace ${name.pool}/${name.namespace} of image ${full}`;
    return translate(error, { what, missing: 'namespace-missing' });
  }
  return translate(error, { what: `image ${full}`, missing: 'image-missing' });
}

async function namespaceExists(cluster: Cluster, name: ImageName): Promise<boolean> {
  try {
    using io = await cluster.openPool(name.pool);
    return await hasNamespace(io, name.namespace);
  } catch {
    // A key that is good for one namespace only cannot see which there are.
    return true;
  }
}
