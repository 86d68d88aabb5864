import { type CrossedError, putTogether } from '../lib/crossed-error.ts';
import { ErrnoError } from './errno.ts';

/** The error that a worker threw: an ErrnoError is one again. */
export function rebuildErrno(error: CrossedError): Error {
  const { call, errno } = error.properties;
  if (error.name !== 'ErrnoError' || typeof call !== 'string' || typeof errno !== 'number') {
    return putTogether(error);
  }
  return new ErrnoError(call, errno);
}
