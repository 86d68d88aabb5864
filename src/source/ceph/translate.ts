import { Ceph2zfsError } from '../../core/errors.ts';
import { ErrnoError } from '../../native/errno.ts';
import { LibraryMissingError } from '../../native/load.ts';
import { CephError, type CephErrorCode } from './errors.ts';

/** A code, and words for the message. */
export type Meaning = readonly [code: CephErrorCode, words: string];

/** What errno values mean wherever they come from. */
const BY_ERRNO: Readonly<Record<string, Meaning>> = {
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
  /** What further errno values mean here, or mean instead. */
  readonly meanings?: Readonly<Record<string, Meaning>>;
  /** Hints that fit better here than those of the codes. */
  readonly hints?: Readonly<Partial<Record<CephErrorCode, string>>>;
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
    const hint = context.hints?.[fallback];
    return new CephError(fallback, `${context.what}: ${error.message}`, { hint, cause: error });
  }
  const number = `${error.code}, errno ${error.errno}`;
  const [code, meaning] = meaningOf(error, context);
  const hint = context.hints?.[code];
  return new CephError(code, `${context.what}: ${meaning} (${number})`, { hint, cause: error });
}

function meaningOf(error: ErrnoError, { missing, meanings, otherwise }: ErrorContext): Meaning {
  if (error.code === 'ENOENT' && missing !== undefined) return [missing, 'it does not exist'];
  const known = meanings?.[error.code] ?? BY_ERRNO[error.code];
  return known ?? [otherwise ?? 'ceph-failed', `${error.call} failed`];
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
