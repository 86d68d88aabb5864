import { Ceph2zfsError } from '../../core/errors.ts';
import { ErrnoError } from '../../native/errno.ts';
import { LibraryMissingError } from '../../native/load.ts';
import { CephError, type CephErrorCode } from './errors.ts';

/** What errno values mean wherever they come from. */
const BY_ERRNO: Readonly<Record<string, readonly [CephErrorCode, string]>> = {
  EACCES: ['permission-denied', 'the Ceph user may not do this'],
  EPERM: ['permission-denied', 'the Ceph user may not do this'],
  EROFS: ['not-primary', 'the image cannot be changed here'],
  EBUSY: ['snapshot-busy', 'it is in use'],
  ETIMEDOUT: ['cluster-unreachable', 'the cluster does not answer'],
  ENOTCONN: ['cluster-unreachable', 'there is no connection to the cluster'],
  ESHUTDOWN: ['client-blocklisted', 'the cluster has cut this client off'],
};

export interface ErrorContext {
  /** What was tried, with the names of all that it was about: `cannot open image rbd/vm`. */
  readonly what: string;
  /** What ENOENT means here. */
  readonly missing?: CephErrorCode;
  /** The code when no other fits. */
  readonly otherwise?: CephErrorCode;
}

/** Makes an error for the operator of what was thrown; those that are one already stay as they are. */
export function translate(error: unknown, context: ErrorContext): unknown {
  if (error instanceof Ceph2zfsError) return error;
  if (error instanceof LibraryMissingError) {
    return new CephError('library-missing', error.message, {
      hint: `Install the package with the library: apt-get install ${error.packageName}`,
      cause: error,
    });
  }
  if (!(error instanceof Error)) return error;
  const fallback = context.otherwise ?? 'ceph-failed';
  if (!(error instanceof ErrnoError)) {
    return new CephError(fallback, `${context.what}: ${error.message}`, { cause: error });
  }
  const number = `${error.code}, errno ${error.errno}`;
  if (error.code === 'ENOENT' && context.missing !== undefined) {
    const message = `${context.what}: it does not exist (${number})`;
    return new CephError(context.missing, message, { cause: error });
  }
  const [code, meaning] = BY_ERRNO[error.code] ?? [fallback, `${error.call} failed`];
  return new CephError(code, `${context.what}: ${meaning} (${number})`, { cause: error });
}

/** Runs the work, and translates what it throws. */
export async function translating<Result>(
  context: ErrorContext,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw translate(error, context);
  }
}
