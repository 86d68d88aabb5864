import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { flock } from '../../native/libc.ts';
import { ZfsError } from './errors.ts';

/** Where the locks lie: only root may write in /run, and a restart of the machine empties it. */
export const LOCK_DIR = '/run/ceph2zfs/locks';

/**
 * Locks a target dataset, all its generations, against other runs on this machine. The kernel gives
 * the lock back when the process ends, however it ends.
 */
export async function lockDataset(dataset: string, directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // A dataset's name may be too long for a file's.
  const name = createHash('sha256').update(dataset).digest('hex');
  const path = `${directory}/${name}.lock`;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  if (flock(file.fd)) return { [Symbol.asyncDispose]: () => file.close() };
  await file.close();
  throw new ZfsError({
    code: 'target-busy',
    message: `another run is writing to ${dataset} (it holds ${path})`,
    retry: 'backoff',
    hint: 'Wait for it to end, then run the job again.',
  });
}
