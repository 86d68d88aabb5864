import { addCertificate, type Issued } from './add-certificate.ts';
import { withAuthority } from './authority.ts';
import { PkiError } from './errors.ts';
import { checkIdentity, type Identity } from './identity.ts';
import { unrevoked } from './register.ts';

/** Where the authority is, for how long its certificate is to be valid, and what time it is (milliseconds since 1970). */
export interface IssueOptions {
  readonly directory: string;
  readonly days: number;
  readonly now: number;
}

/**
 * Issues the first certificate of a name, or the first one after all others were revoked. Throws a PkiError:
 * `pki-argument`, `pki-exists`, `pki-expired`, or what {@link withAuthority} does.
 */
export async function issueCertificate(identity: Identity, options: IssueOptions): Promise<Issued> {
  checkIdentity(identity);
  return withAuthority(options.directory, async (authority, register) => {
    const { name } = identity;
    const [taken] = unrevoked(register, name);
    if (taken !== undefined) throw exists(taken.role, name);
    const { issued } = await addCertificate(authority, register, identity, options);
    return issued;
  });
}

function exists(role: string, name: string): PkiError {
  return new PkiError(
    'pki-exists',
    `there is a certificate of the ${role} "${name}" already`,
    `Make a newer one with \`ceph2zfs pki renew ${name}\`, or let another have the name after \`ceph2zfs pki revoke ${name}\`.`,
  );
}
