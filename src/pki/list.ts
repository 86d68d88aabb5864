import { readRegister } from './authority.ts';
import { pathsOf } from './paths.ts';
import type { Registered } from './register.ts';
import { DAY_MS } from './validity.ts';

/** A certificate of an authority, and how it is now. */
export interface Listed extends Registered {
  readonly state: 'valid' | 'expired' | 'revoked';
  /** Whole days that are left until it ends; negative when it has ended. */
  readonly daysLeft: number;
}

/**
 * All certificates that an authority has issued, in that order. Needs no key, and does not wait for other commands. Throws a
 * PkiError: `pki-missing`, `pki-damaged` or `pki-failed`.
 */
export async function listCertificates(directory: string, now: number): Promise<readonly Listed[]> {
  const { certificates } = await readRegister(pathsOf(directory));
  return certificates.map((each) => ({
    ...each,
    state: each.revokedAt !== null ? 'revoked' : each.notAfter <= now ? 'expired' : 'valid',
    daysLeft: Math.floor((each.notAfter - now) / DAY_MS),
  }));
}
