import { createPrivateKey, X509Certificate as OpensslCertificate } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { errnoCode } from '../lib/system-hint.ts';
import { writeDurably } from '../lib/write-durably.ts';
import { fileError, PkiError } from './errors.ts';
import { readKey } from './keys.ts';
import { lockAuthority } from './lock.ts';
import type { Signer } from './make-certificate.ts';
import { makeRevocationList } from './make-revocation-list.ts';
import { type Paths, pathsOf } from './paths.ts';
import { parseRegister, type Register, writeRegister } from './register.ts';
import type { Validity } from './validity.ts';
import { X509Certificate } from './x509.ts';

/** A certificate authority that nobody else changes meanwhile. */
export interface Authority extends Signer {
  readonly paths: Paths;
  readonly validity: Validity;
}

/** What a group or others must not be allowed to do: anything with the key, and to write in its directory. */
const ANY_BY_OTHERS = 0o077;
const WRITE_BY_OTHERS = 0o022;

/**
 * Does something with the authority in a directory, and with all that it has issued, while no other command does. Throws a
 * PkiError: `pki-missing`, `pki-exposed`, `pki-damaged`, `pki-busy` or `pki-failed`.
 */
export async function withAuthority<Result>(
  directory: string,
  action: (authority: Authority, register: Register) => Promise<Result>,
): Promise<Result> {
  const paths = pathsOf(directory);
  const authority = await openAuthority(paths);
  await using _lock = await lockAuthority(paths.lock);
  return await action(authority, await readRegister(paths));
}

/** All that the authority has issued. Throws a PkiError: `pki-missing`, `pki-damaged` or `pki-failed`. */
export async function readRegister(paths: Paths): Promise<Register> {
  const register = parseRegister(await readText(paths.register, paths));
  if (register.ok) return register.value;
  throw damaged(`${paths.register} cannot be used: ${register.problem}`);
}

/** Keeps what was issued and revoked; it is on disk once this returned. */
export function keepRegister({ paths }: Authority, register: Register): void {
  keep(paths.register, writeRegister(register));
}

/** Makes the list of what is revoked anew. */
export async function keepRevocationList(
  authority: Authority,
  register: Register,
  now: number,
): Promise<void> {
  keep(authority.paths.revocationList, await makeRevocationList(register, authority, now));
}

function keep(path: string, text: string): void {
  try {
    writeDurably(path, text);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function openAuthority(paths: Paths): Promise<Authority> {
  await checkDirectory(paths);
  const text = await readText(paths.certificate, paths);
  const keyText = await readPrivate(paths);
  try {
    // OpenSSL looks closer than the library that makes certificates.
    if (!new OpensslCertificate(text).checkPrivateKey(createPrivateKey(keyText)))
      throw damaged(`${paths.key} is not the key of ${paths.certificate}`);
    const certificate = new X509Certificate(text);
    const validity = {
      notBefore: certificate.notBefore.getTime(),
      notAfter: certificate.notAfter.getTime(),
    };
    return { paths, certificate, key: readKey(keyText), validity };
  } catch (error) {
    if (error instanceof PkiError) throw error;
    throw damaged(`${paths.certificate} and ${paths.key} cannot be used`, error);
  }
}

async function checkDirectory(paths: Paths): Promise<void> {
  const { directory } = paths;
  const { mode } = await stat(directory).catch((error: unknown) => {
    throw missingOr(error, paths, directory);
  });
  if ((mode & WRITE_BY_OTHERS) !== 0)
    throw exposed(`others may write in ${directory}`, mode, `chmod 700 ${directory}`);
}

async function readPrivate(paths: Paths): Promise<string> {
  try {
    await using file = await open(paths.key, 'r');
    const { mode } = await file.stat();
    if ((mode & ANY_BY_OTHERS) !== 0)
      throw exposed(`others may use the key ${paths.key}`, mode, `chmod 600 ${paths.key}`);
    return await file.readFile('utf8');
  } catch (error) {
    throw missingOr(error, paths, paths.key);
  }
}

async function readText(path: string, paths: Paths): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw missingOr(error, paths, path);
  }
}

function missingOr(error: unknown, { directory }: Paths, path: string): PkiError {
  if (errnoCode(error) !== 'ENOENT') return fileError(error, path);
  return new PkiError(
    'pki-missing',
    `${directory} has no certificate authority: there is no ${path}`,
    'Make one with `ceph2zfs pki init`, or name its directory with --dir.',
  );
}

function exposed(what: string, mode: number, command: string): PkiError {
  return new PkiError(
    'pki-exposed',
    `${what}: mode 0${(mode & 0o777).toString(8)}`,
    `Who had the key can make certificates that every sink accepts. If nobody had: ${command}; else make a new authority.`,
  );
}

function damaged(message: string, cause?: unknown): PkiError {
  const hint = 'Restore its directory from a backup, or make a new authority elsewhere.';
  return new PkiError('pki-damaged', message, hint, cause);
}
