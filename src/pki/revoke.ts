import { type Authority, keepRegister, keepRevocationList, withAuthority } from './authority.ts';
import type { Role } from './identity.ts';
import { type Register, revokeSerials, unrevoked } from './register.ts';
import { unknownName } from './unknown-name.ts';

/** What was revoked. */
export interface Revoked {
  readonly role: Role;
  readonly name: string;
  /** Serial numbers; none when all of the name's certificates were revoked before. */
  readonly revoked: readonly string[];
  /** Path of the list of what is revoked, which sinks must have. */
  readonly revocationList: string;
}

/**
 * Revokes all certificates of a name, and makes the list of what is revoked anew, in any case: it may be that of a command that
 * was killed before it came to that. Throws a PkiError: `pki-unknown`, or what {@link withAuthority} does.
 */
export async function revokeName(
  name: string,
  { directory, now }: { readonly directory: string; readonly now: number },
): Promise<Revoked> {
  return withAuthority(directory, async (authority, register) => {
    const newest = register.certificates.findLast((each) => each.name === name);
    if (newest === undefined) throw unknownName(register, name);
    const revoked = unrevoked(register, name).map(({ serial }) => serial);
    await revoke(authority, register, revoked, now);
    const { revocationList } = authority.paths;
    return { role: newest.role, name, revoked, revocationList };
  });
}

/** Revokes certificates. The register is written first: the list is made of it. */
export async function revoke(
  authority: Authority,
  register: Register,
  serials: readonly string[],
  now: number,
): Promise<void> {
  const after = revokeSerials(register, serials, now);
  keepRegister(authority, after);
  await keepRevocationList(authority, after, now);
}
