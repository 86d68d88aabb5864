import { PkiError } from './errors.ts';
import type { Register } from './register.ts';

/** The error for a name that has no certificate, or none that is not revoked. */
export function unknownName({ certificates }: Register, name: string): PkiError {
  if (certificates.some((each) => each.name === name)) {
    const message = `all certificates of ${JSON.stringify(name)} are revoked`;
    return new PkiError('pki-unknown', message, 'Make a new one with `ceph2zfs pki issue`.');
  }
  const message = `there is no certificate of ${JSON.stringify(name)}`;
  return new PkiError('pki-unknown', message, '`ceph2zfs pki list` shows which there are.');
}
