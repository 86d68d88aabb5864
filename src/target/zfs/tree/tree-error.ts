import type { TreePath } from '../../../core/entry.ts';
import { printable } from '../../../lib/printable.ts';
import { ErrnoError } from '../../../native/errno.ts';
import { ZfsError } from '../errors.ts';

/** Something is wrong with more than a single entry: the pool, or this program. */
const OF_ALL: ReadonlySet<string> = new Set([
  'EIO',
  'EROFS',
  'ESHUTDOWN',
  'ENXIO',
  'ENODEV',
  'EBADF',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSYS',
]);

/** What a call that failed means to the operator. */
export function treeError(dataset: string, path: TreePath, error: unknown): unknown {
  if (!isErrno(error)) return error;
  const what = `/${printable(path.toString('utf8'))} in ${dataset}`;
  const { code, call } = error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ZfsError({
      code: 'pool-full',
      message: `the pool or a quota of ${dataset} is full: writing ${what} failed (${call}: ${code})`,
      retry: 'backoff',
      hint: 'Free space in the pool or raise the quota, then run the job again: it continues.',
      cause: error,
    });
  }
  if (code === 'ENAMETOOLONG') {
    return new ZfsError({
      code: 'entry-name',
      message: `the name of ${what} is too long for ZFS (${call}: ${code})`,
      retry: 'never',
      hint: 'Shorten it on the source: ZFS takes names of 255 bytes.',
      cause: error,
    });
  }
  if (OF_ALL.has(code)) {
    return new ZfsError({
      code: 'write-failed',
      message: `writing ${what} failed: ${call}: ${code}`,
      retry: 'reconnect',
      hint: 'See `zpool status` and the kernel log, then run the job again: it continues.',
      cause: error,
    });
  }
  return new ZfsError({
    code: 'entry-unwritable',
    message: `cannot write ${what}: ${call}: ${code}`,
    retry: 'never',
    cause: error,
  });
}

interface Errno {
  readonly call: string;
  readonly code: string;
}

/** An error of ours for a failed call, or Node's. */
function isErrno(error: unknown): error is Error & Errno {
  if (error instanceof ErrnoError) return true;
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return false;
  Object.assign(error, { call: syscall });
  return true;
}
