import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placeDirectory } from '../lib/place-directory.ts';
import { syncDirectory } from '../lib/write-durably.ts';
import { type Authority, keepRegister } from './authority.ts';
import { fileError, PkiError } from './errors.ts';
import type { Identity } from './identity.ts';
import { makeCertificate } from './make-certificate.ts';
import type { Register } from './register.ts';
import { type Validity, validFor, within } from './validity.ts';

/** A certificate that was issued. */
export interface Issued extends Identity, Validity {
  readonly serial: string;
  /** Paths of the certificate, of its key, of the authority's certificate, and of the list of what is revoked. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  readonly revocationList: string;
  /** It ends with its authority, before the time that was asked for. */
  readonly isShortened: boolean;
  /** Serial numbers of older certificates of the name that were revoked. */
  readonly revoked: readonly string[];
}

/**
 * Issues a certificate, and tells what the register has then. The register is written first: what is not in it could never be
 * revoked. Throws a PkiError: `pki-argument`, `pki-expired`, `pki-exists` or `pki-failed`.
 */
export async function addCertificate(
  authority: Authority,
  register: Register,
  { role, name, addresses }: Identity,
  options: { readonly days: number; readonly now: number },
): Promise<{ readonly issued: Issued; readonly register: Register }> {
  const { paths } = authority;
  const asked = validFor(options.days, options.now);
  if (options.now >= authority.validity.notAfter) throw expired(authority);
  const validity = within(asked, authority.validity);
  const made = await makeCertificate({ role, name, addresses }, validity, authority);
  const { serial } = made;
  const entry = { serial, role, name, addresses, ...validity, revokedAt: null };
  const grown = { ...register, certificates: [...register.certificates, entry] };
  keepRegister(authority, grown);

  const number = grown.certificates.filter((each) => each.name === name).length;
  const folder = join(paths.issued, name, String(number));
  place(folder, { [`${name}.crt`]: made.certificate, [`${name}.key`]: made.key });
  const issued = {
    role,
    name,
    addresses,
    serial,
    ...validity,
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
    authority: paths.certificate,
    revocationList: paths.revocationList,
    isShortened: validity.notAfter < asked.notAfter,
    revoked: [],
  };
  return { issued, register: grown };
}

/** Each certificate has a folder of its own, so that it and its key are never those of two. */
function place(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    const ofName = dirname(folder);
    mkdirSync(ofName, { recursive: true, mode: 0o700 });
    for (const above of [dirname(ofName), dirname(dirname(ofName))]) syncDirectory(above);
    placeDirectory(folder, files);
  } catch (error) {
    throw fileError(error, folder);
  }
}

function expired({ paths, validity }: Authority): PkiError {
  return new PkiError(
    'pki-expired',
    `the certificate authority ${paths.certificate} ended at ${new Date(validity.notAfter).toISOString()}`,
    'Make a new one in another --dir with `ceph2zfs pki init`, and issue all certificates again.',
  );
}
