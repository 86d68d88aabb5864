import { addCertificate, type Issued } from './add-certificate.ts';
import { withAuthority } from './authority.ts';
import type { IssueOptions } from './issue.ts';
import { unrevoked } from './register.ts';
import { revoke } from './revoke.ts';
import { unknownName } from './unknown-name.ts';

export interface RenewOptions extends IssueOptions {
  /** Revokes the older certificates of the name, which else stay valid until they end. */
  readonly revokeOld: boolean;
}

/**
 * Issues a newer certificate of a name, with a new key: same role, same addresses. Throws a PkiError: `pki-unknown`,
 * `pki-argument`, `pki-expired`, or what {@link withAuthority} does.
 */
export async function renewCertificate(name: string, options: RenewOptions): Promise<Issued> {
  return withAuthority(options.directory, async (authority, before) => {
    const old = unrevoked(before, name);
    const newest = old.at(-1);
    if (newest === undefined) throw unknownName(before, name);
    const { issued, register } = await addCertificate(authority, before, newest, options);
    if (!options.revokeOld) return issued;
    const revoked = old.map(({ serial }) => serial);
    await revoke(authority, register, revoked, options.now);
    return { ...issued, revoked };
  });
}
