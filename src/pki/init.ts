import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { placeDirectory } from '../lib/place-directory.ts';
import { errnoCode } from '../lib/system-hint.ts';
import { fileError, PkiError } from './errors.ts';
import { readKey } from './keys.ts';
import { makeAuthority } from './make-certificate.ts';
import { makeRevocationList } from './make-revocation-list.ts';
import { FILES, type Paths, pathsOf } from './paths.ts';
import { EMPTY_REGISTER, writeRegister } from './register.ts';
import { type Validity, validFor } from './validity.ts';
import { X509Certificate } from './x509.ts';

export interface InitOptions {
  /** Where the authority will be; what lies there already is not touched. */
  readonly directory: string;
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** An authority that was made. */
export interface NewAuthority extends Validity {
  readonly serial: string;
  /** Paths of its files. */
  readonly certificate: string;
  readonly key: string;
  readonly revocationList: string;
}

/**
 * Makes a certificate authority in a directory of its own: all of it, or nothing. Throws a PkiError: `pki-argument`,
 * `pki-exists` or `pki-failed`.
 */
export async function initAuthority({ directory, days, now }: InitOptions): Promise<NewAuthority> {
  const paths = pathsOf(directory);
  const validity = validFor(days, now);
  const { serial, certificate, key } = await makeAuthority(validity);
  const signer = { certificate: new X509Certificate(certificate), key: readKey(key) };
  place(paths, {
    [FILES.key]: key,
    [FILES.certificate]: certificate,
    [FILES.register]: writeRegister(EMPTY_REGISTER),
    // From the start: a sink that is told of the file must find it.
    [FILES.revocationList]: await makeRevocationList(EMPTY_REGISTER, signer, now),
  });
  const { revocationList } = paths;
  return { serial, ...validity, certificate: paths.certificate, key: paths.key, revocationList };
}

function place({ directory }: Paths, files: Readonly<Record<string, string>>): void {
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
    placeDirectory(directory, files);
  } catch (error) {
    if (!IN_THE_WAY.has(errnoCode(error))) throw fileError(error, directory);
    throw new PkiError(
      'pki-exists',
      `there is something in ${directory} already`,
      'It is not touched. `ceph2zfs pki list` shows what an authority has issued; make another one in another --dir.',
    );
  }
}

/** What the system says when there is a directory with something in it, something else, or a mounted filesystem. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY']);
