import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lockFile } from '../../native/lock-file.ts';
import { ZfsError } from './errors.ts';

/** Where the locks lie: only root may write in /run, and a restart of the machine empties it. */
export const LOCK_DIR = '/run/ceph2zfs/locks';

/**
 * Locks a target dataset, all its generations, against other runs on this machine. The kernel gives
 * the lock back when the process ends, however it ends.
 */
export async function lockDataset(dataset: string, directory: string): Promise<AsyncDisposable> {
  // Others may pass through what is above: the daemon's socket lies there.
  await mkdir(dirname(directory), { recursive: true, mode: 0o755 });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // A dataset's name may be too long for a file's.
  const name = createHash('sha256').update(dataset).digest('hex');
  const path = `${directory}/${name}.lock`;
  const lock = await lockFile(path);
  if (lock !== null) return lock;
  throw new ZfsError({
    code: 'target-busy',
    message: `another run is writing to ${dataset} (it holds ${path})`,
    retry: 'backoff',
    hint: 'Wait for it to end, then run the job again.',
  });
}
