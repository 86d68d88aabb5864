import type { DirectorySnapshot } from '../../core/tree.ts';
import { ErrnoError } from '../../native/errno.ts';
import { CephError } from '../ceph/errors.ts';
import { within } from '../ceph/operations.ts';
import type { DirectoryContext } from './context.ts';
import { proveSame } from './same-directory.ts';
import { cephfsHint, translateCephfs } from './translate.ts';

/** Removes a snapshot if it is still there under its name and with its id. */
export async function removeSnapshot(
  context: DirectoryContext,
  snapshot: DirectorySnapshot,
  signal: AbortSignal,
): Promise<void> {
  const { operations, snapshotTimeoutMs } = context.filesystem;
  const request = operations.run(signal, () => remove(context, snapshot));
  if ((await within(request, snapshotTimeoutMs, 'stalled')) !== 'stalled') return;
  request.catch(() => undefined);
  const full = `${context.name}@${snapshot.name}`;
  throw new CephError(
    'snapshot-stalled',
    `snapshot ${full} was not removed: no answer in ${snapshotTimeoutMs / 1000} s`,
    { hint: cephfsHint('snapshot-stalled') },
  );
}

async function remove(context: DirectoryContext, { name, id }: DirectorySnapshot): Promise<void> {
  const { call, mount } = context.filesystem;
  await proveSame(context);
  try {
    const found = await call('findSnapshot', mount.handle, context.name, name);
    if (found === null || String(found.id) !== id) return;
    await call('removeSnapshot', mount.handle, context.name, name);
  } catch (error) {
    // Somebody else removed it in this moment.
    if (error instanceof ErrnoError && error.code === 'ENOENT') return;
    throw translateCephfs(error, { what: `cannot remove snapshot ${context.name}@${name}` });
  }
}
