import type { DirectorySnapshot } from '../../core/tree.ts';
import { ErrnoError } from '../../native/errno.ts';
import { CephError } from '../ceph/errors.ts';
import { within } from '../ceph/operations.ts';
import type { DirectoryContext } from './context.ts';
import { readSnapshots } from './read-snapshots.ts';
import { proveSame } from './same-directory.ts';
import { cephfsHint, translateCephfs } from './translate.ts';

const ATTEMPTS = 2;

/**
 * Makes a snapshot. An MDS that fails over answers late or never: then the list tells whether the
 * snapshot was made before it is tried once more.
 */
export async function createSnapshot(
  context: DirectoryContext,
  name: string,
  signal: AbortSignal,
): Promise<DirectorySnapshot> {
  const { operations, snapshotTimeoutMs } = context.filesystem;
  const full = `${context.name}@${name}`;
  const startedAt = performance.now();
  const limited = async <Result>(work: () => Promise<Result>): Promise<Result | 'stalled'> => {
    const request = operations.run(signal, work);
    const outcome = await within(request, snapshotTimeoutMs, 'stalled' as const);
    if (outcome === 'stalled') request.catch(() => undefined);
    return outcome;
  };
  const stalled = () => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const message = `snapshot ${full} was not made: no answer in ${seconds} s`;
    return new CephError('snapshot-stalled', message, { hint: cephfsHint('snapshot-stalled') });
  };
  const find = async () => {
    const snapshots = await limited(() => readSnapshots(context));
    if (snapshots === 'stalled') throw stalled();
    return snapshots.find((snapshot) => snapshot.name === name);
  };

  if ((await find()) !== undefined) throw exists(full);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await limited(() => requestSnapshot(context, name));
    const made = await find();
    if (made === undefined) continue;
    // It was not there before the first attempt, so a later attempt finds what an earlier one made.
    if (outcome === 'exists' && attempt === 1) throw exists(full);
    return made;
  }
  throw stalled();
}

function exists(full: string): CephError {
  return new CephError('snapshot-exists', `snapshot ${full} exists already (EEXIST, errno 17)`);
}

async function requestSnapshot(
  context: DirectoryContext,
  name: string,
): Promise<'made' | 'exists'> {
  const { call, mount } = context.filesystem;
  await proveSame(context);
  try {
    await call('makeSnapshot', mount.handle, context.name, name);
    return 'made';
  } catch (error) {
    if (error instanceof ErrnoError && error.code === 'EEXIST') return 'exists';
    throw translateCephfs(error, {
      what: `cannot make snapshot ${context.name}@${name}`,
      missing: 'directory-missing',
      meanings: {
        EACCES: ['permission-denied', 'the Ceph user may not make snapshots'],
        EPERM: ['snapshots-disabled', 'no snapshots may be made there'],
        EMLINK: ['snapshots-full', 'the directory has as many snapshots as it may have'],
      },
      hints: {
        'permission-denied':
          'Give the Ceph user the cap `s` for the directory: `ceph fs authorize FS client.USER / rws`.',
      },
    });
  }
}
