import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TlsFiles } from '../../src/transport/tls.ts';

const run = promisify(execFile);

/** A private CA for one test file, and what it signs. */
export interface Pki {
  /** A certificate for an address: by default, 127.0.0.1. */
  server(address?: string): Promise<TlsFiles>;
  /** A certificate with this name (CN). */
  client(name: string): Promise<TlsFiles>;
}

/** Makes a CA with `openssl`; each certificate that is asked for is made once. */
export function createPki(): Pki {
  const made = new Map<string, Promise<TlsFiles>>();
  let authority: Promise<{ readonly cert: Buffer; readonly key: Buffer }> | undefined;

  function once(name: string, extra: readonly string[]): Promise<TlsFiles> {
    const known = made.get(name) ?? issue(name, extra);
    made.set(name, known);
    return known;
  }

  async function issue(name: string, extra: readonly string[]): Promise<TlsFiles> {
    authority ??= inDirectory(async (directory) => selfSigned(directory));
    const { cert: ca, key } = await authority;
    return inDirectory(async (directory) => {
      await writeFile(join(directory, 'ca.pem'), ca);
      await writeFile(join(directory, 'ca.key'), key, { mode: 0o600 });
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
      const own = await make(directory, name, [...by, ...extra]);
      return { ca, ...own };
    });
  }

  return {
    server: (address = '127.0.0.1') => once('sink', ['-addext', `subjectAltName=IP:${address}`]),
    client: (name) => once(name, []),
  };
}

function selfSigned(directory: string) {
  return make(directory, 'ca of the tests', ['-addext', 'basicConstraints=critical,CA:TRUE']);
}

async function make(directory: string, name: string, extra: readonly string[]) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const files = ['-keyout', 'own.key', '-out', 'own.pem'];
  const args = ['req', '-x509', ...key, ...files, '-days', '3650', '-subj', `/CN=${name}`];
  await run('openssl', [...args, ...extra], { cwd: directory });
  return {
    cert: await readFile(join(directory, 'own.pem')),
    key: await readFile(join(directory, 'own.key')),
  };
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'ceph2zfs-pki-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
