import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allocateAligned } from '../../src/native/memory.ts';
import type { Issued } from '../../src/pki/add-certificate.ts';
import { initAuthority } from '../../src/pki/init.ts';
import { issueCertificate } from '../../src/pki/issue.ts';
import { revokeName } from '../../src/pki/revoke.ts';
import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { readTls } from '../../src/transport/read-tls.ts';
import { serveSink } from '../../src/transport/server/serve-sink.ts';
import { memoryClient } from '../support/sink.ts';

// What `ceph2zfs pki` makes, as both sides read it and use it.

const signal = new AbortController().signal;

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'issued-')), 'pki');
  await initAuthority({ directory, days: 10, now: Date.now() });
});
afterEach(() => rm(join(directory, '..'), { recursive: true }));

const pathsOf = ({ authority, certificate, key, revocationList }: Issued) => ({
  ca: authority,
  cert: certificate,
  key,
  crl: revocationList,
});

it('lets a client in, until the list that the client has says that the sink is revoked', async () => {
  const making = { directory, days: 5, now: Date.now() };
  const address = { addresses: ['127.0.0.1'] };
  const sinks = await issueCertificate({ role: 'sink', name: 'backup', ...address }, making);
  const own = await issueCertificate({ role: 'client', name: 'pve-1', addresses: [] }, making);
  const { client } = memoryClient();
  await using sink = await serveSink({
    host: '127.0.0.1',
    port: 0,
    tls: await readTls(pathsOf(sinks)),
    clientOf: (name) => (name === 'pve-1' ? client : null),
    allocate: allocateAligned,
  });

  async function connect(): Promise<void> {
    const tls = await readTls(pathsOf(own));
    const url = new URL(`https://127.0.0.1:${sink.port}`);
    await using catalog = createRemoteVolumes({ url, tls, channels: 1 });
    await catalog.check(signal);
  }

  await connect();
  await revokeName('backup', { directory, now: Date.now() });
  await expect(connect()).rejects.toMatchObject({
    code: 'sink-certificate',
    retry: 'never',
    message: expect.stringContaining('revoked'),
  });
});
