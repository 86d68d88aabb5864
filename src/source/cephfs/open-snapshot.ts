import type { DirectorySnapshot, TreeSnapshot } from '../../core/tree.ts';
import { Mount } from '../../native/cephfs-mount.ts';
import { ErrnoError } from '../../native/errno.ts';
import { closeLate } from './closing.ts';
import type { DirectoryContext } from './context.ts';
import { describeTree } from './describe.ts';
import { snapshotPath } from './path.ts';
import { snapshotMissing } from './read-snapshots.ts';
import { proveSame } from './same-directory.ts';
import { CephfsSnapshot } from './snapshot.ts';
import { translateCephfs, translatingCephfs } from './translate.ts';

/** Opens a snapshot, with a mount of its own. */
export async function openSnapshot(
  context: DirectoryContext,
  snapshot: DirectorySnapshot,
  signal: AbortSignal,
): Promise<TreeSnapshot> {
  const { operations } = context.filesystem;
  let opening: Promise<CephfsSnapshot> | undefined;
  try {
    return await operations.run(signal, () => {
      opening = open(context, snapshot);
      return opening;
    });
  } catch (error) {
    // Nobody takes it any more, should it still be opened.
    if (opening !== undefined) operations.track(closeLate(opening));
    throw error;
  }
}

async function open(
  context: DirectoryContext,
  snapshot: DirectorySnapshot,
): Promise<CephfsSnapshot> {
  const { filesystem, name } = context;
  const what = `cannot open snapshot ${name}@${snapshot.name}`;
  const mount = await translatingCephfs({ what }, () =>
    Mount.open(filesystem.cluster, filesystem.filesystem.name),
  );
  try {
    await enter(context, snapshot, mount, what);
    const { size, description } = await translatingCephfs({ what }, () =>
      describeTree(filesystem, mount, name),
    );
    return new CephfsSnapshot({ directory: context, snapshot, mount, size, description });
  } catch (error) {
    await mount[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes the mount's relative paths begin at the snapshot, and proves that it is the one that is meant. */
async function enter(
  context: DirectoryContext,
  snapshot: DirectorySnapshot,
  mount: Mount,
  what: string,
): Promise<void> {
  const { filesystem, name, identity } = context;
  try {
    const path = snapshotPath(name, snapshot.name);
    const { ino, id } = await filesystem.call('enterDirectory', mount.handle, path);
    if (String(ino) === identity.inode && String(id) === snapshot.id) return;
    if (String(ino) === identity.inode) {
      throw snapshotMissing(context, snapshot, `id ${id} has its name`);
    }
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.code !== 'ENOENT') {
      throw translateCephfs(error, { what });
    }
  }
  // Which of the two is gone?
  await proveSame(context);
  throw snapshotMissing(context, snapshot);
}
