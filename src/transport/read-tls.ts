import { readFile, stat } from 'node:fs/promises';
import { readFailure } from '../lib/read-failure.ts';
import { checkTls, unusable } from './check-tls.ts';
import { TransportError } from './errors.ts';
import type { TlsFiles, TlsPaths } from './tls.ts';

const OTHERS = 0o007;

/**
 * Reads what one side of a connection shows and believes, as it is now. Throws a TransportError (`tls-unreadable`,
 * `tls-unusable`) that names the file which is in the way, and what is wrong with it.
 */
export async function readTls(paths: TlsPaths): Promise<TlsFiles> {
  const [ca, cert, key] = [await read(paths.ca), await read(paths.cert), await readKey(paths.key)];
  const crl = paths.crl === undefined ? {} : { crl: await read(paths.crl) };
  const files = { ca, cert, key, ...crl };
  checkTls(files, paths, Date.now());
  return files;
}

async function readKey(path: string): Promise<Buffer> {
  const key = await read(path);
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0) return key;
  throw unusable(
    `the key ${path} can be used by others: its mode is 0${(mode & 0o777).toString(8)}`,
    `chmod 0600 ${path}`,
  );
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = readFailure(cause);
    throw new TransportError({
      code: 'tls-unreadable',
      message: `cannot read ${path}${reason === null ? '' : `: ${reason}`}`,
      retry: 'never',
      hint: 'Copy the file there, or correct its path in `tls`; it must be readable for the user that ceph2zfs runs as.',
      ...(reason === null ? { cause } : {}),
    });
  }
}
