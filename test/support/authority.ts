import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initAuthority } from '../../src/pki/init.ts';
import { issueCertificate } from '../../src/pki/issue.ts';
import { renewCertificate } from '../../src/pki/renew.ts';
import { revokeName } from '../../src/pki/revoke.ts';
import type { TlsFiles } from '../../src/transport/tls.ts';

/** An authority as `ceph2zfs pki` makes it, and a sink's TLS files beside it, in a directory of their own. */
export async function createAuthority() {
  const folder = await mkdtemp(join(tmpdir(), 'ceph2zfs-authority-'));
  const directory = join(folder, 'pki');
  const when = { directory, days: 30, now: Date.now() };
  const authority = await initAuthority(when);
  /** Where the sink has its files: copies, which change when a test says so. */
  const paths = {
    ca: join(folder, 'ca.crt'),
    cert: join(folder, 'sink.crt'),
    key: join(folder, 'sink.key'),
    crl: join(folder, 'crl.pem'),
  };
  await copyFile(authority.certificate, paths.ca);
  const copyList = () => copyFile(authority.revocationList, paths.crl);
  await copyList();
  await place(
    await issueCertificate({ role: 'sink', name: 'sink', addresses: ['127.0.0.1'] }, when),
  );

  async function place(issued: { readonly certificate: string; readonly key: string }) {
    await copyFile(issued.certificate, paths.cert);
    await copyFile(issued.key, paths.key);
  }

  return {
    paths,
    copyList,
    async client(name: string): Promise<TlsFiles> {
      const identity = { role: 'client', name, addresses: [] } as const;
      const { certificate, key } = await issueCertificate(identity, when);
      return {
        ca: await readFile(authority.certificate),
        cert: await readFile(certificate),
        key: await readFile(key),
      };
    },
    /** A newer certificate for the sink, in its place. */
    async renewSink(): Promise<void> {
      await place(await renewCertificate('sink', { ...when, revokeOld: false }));
    },
    async revoke(name: string): Promise<void> {
      await revokeName(name, { directory, now: Date.now() });
      await copyList();
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
