import type { DirectorySnapshot } from '../../core/tree.ts';
import { CephError } from '../ceph/errors.ts';
import type { DirectoryContext } from './context.ts';
import { proveSame } from './same-directory.ts';
import { parseTime } from './times.ts';
import { translatingCephfs } from './translate.ts';
import type { FoundSnapshot } from './worker-snapshots.ts';

const NS_PER_MS = 1_000_000n;

/** The snapshots of a directory as they are now, oldest first. */
export async function readSnapshots(
  context: DirectoryContext,
): Promise<readonly DirectorySnapshot[]> {
  const { filesystem, name, identity } = context;
  const { call, mount } = filesystem;
  await proveSame(context);
  return translatingCephfs({ what: `cannot list the snapshots of ${name}` }, async () => {
    const found = await call('findSnapshots', mount.handle, name);
    return (
      found
        // Another directory may have come to this path since it was proved.
        .filter(({ ino }) => String(ino) === identity.inode)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(toSnapshot)
    );
  });
}

/** The error for a snapshot that was there once. */
export function snapshotMissing(
  { name }: DirectoryContext,
  snapshot: DirectorySnapshot,
  why = '',
): CephError {
  const what = `snapshot ${name}@${snapshot.name} (id ${snapshot.id}) does not exist any more`;
  return new CephError('snapshot-missing', why === '' ? what : `${what}: ${why}`);
}

function toSnapshot({ name, id, madeAt }: FoundSnapshot): DirectorySnapshot {
  return { name, id: String(id), takenAt: Number(parseTime(madeAt) / NS_PER_MS) };
}
