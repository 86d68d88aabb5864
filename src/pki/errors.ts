import { Ceph2zfsError } from '../core/errors.ts';
import { errnoCode, systemHint } from '../lib/system-hint.ts';

export type PkiErrorCode =
  /** No certificate can have this name or address, or last for so many days. */
  | 'pki-argument'
  /** The directory has no certificate authority. */
  | 'pki-missing'
  /** What is to be made is there already. */
  | 'pki-exists'
  /** No certificate that is not revoked has this name. */
  | 'pki-unknown'
  /** Others may read the authority's key, or write in its directory. */
  | 'pki-exposed'
  /** Files of the authority are damaged, do not belong together, or are of a newer version. */
  | 'pki-damaged'
  /** The authority's own certificate has ended. */
  | 'pki-expired'
  /** Another command changes the authority. */
  | 'pki-busy'
  /** The system refuses to read or to write a file. */
  | 'pki-failed';

/** What can go wrong with a certificate authority. */
export class PkiError extends Ceph2zfsError<PkiErrorCode> {
  constructor(code: PkiErrorCode, message: string, hint?: string, cause?: unknown) {
    super({ code, message, retry: code === 'pki-busy' ? 'backoff' : 'never', hint, cause });
  }
}

/** What the system said about a file of the authority; an error of ours stays what it is. */
export function fileError(error: unknown, path: string): PkiError {
  if (error instanceof PkiError) return error;
  const message = `${path} cannot be used: ${errnoCode(error)}`;
  return new PkiError('pki-failed', message, systemHint(error, path), error);
}
