import { X509Certificate as OpensslCertificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, createServer, type Server, type TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from './add-certificate.ts';
import type { Role } from './identity.ts';
import { initAuthority, type NewAuthority } from './init.ts';
import { issueCertificate } from './issue.ts';
import { readKey, SIGNING } from './keys.ts';
import { makeCertificate } from './make-certificate.ts';
import { renewCertificate } from './renew.ts';
import { revokeName } from './revoke.ts';
import { DAY_MS } from './validity.ts';
import { PemConverter, X509Certificate, X509CrlGenerator } from './x509.ts';

let folder: string;
const now = Date.now();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pki-tls-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

let authorities = 0;

async function newAuthority(at = now): Promise<NewAuthority & { readonly directory: string }> {
  authorities += 1;
  const directory = join(folder, `pki-${authorities}`);
  return { directory, ...(await initAuthority({ directory, days: 3650, now: at })) };
}

function issue(
  directory: string,
  role: Role,
  name: string,
  { at = now, addresses = [] as readonly string[] } = {},
): Promise<Issued> {
  return issueCertificate({ role, name, addresses }, { directory, days: 365, now: at });
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function pair({ certificate, key }: Issued): { readonly cert: string; readonly key: string } {
  return { cert: read(certificate), key: read(key) };
}

/** A sink with what the authority's files have now. */
function sinkOptions(sink: Issued): TlsOptions {
  return { ...pair(sink), ca: read(sink.authority), crl: read(sink.revocationList) };
}

interface Listening extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
}

/** A server that greets each client that it accepts by its common name. */
async function listen(options: TlsOptions): Promise<Listening> {
  const server = createServer({
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    ...options,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    const why = socket.authorized ? 'accepted' : String(socket.authorizationError);
    socket.end(`${why} ${String(socket.getPeerCertificate().subject?.CN)}`);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

interface ClientOptions {
  readonly ca: string;
  readonly crl?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly host?: string;
  readonly session?: Buffer;
  readonly onSession?: (session: Buffer) => void;
  readonly onReused?: (isReused: boolean) => void;
}

/** What the server greets a client with; an error when one of them refuses the other. */
async function greeting(
  port: number,
  { host = 'backup', onSession, onReused, ...options }: ClientOptions,
): Promise<string> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const checked = { ...options, ...name, minVersion: 'TLSv1.3' as const };
  const socket = connect({ port, host: isIP(host) === 0 ? '127.0.0.1' : host, ...checked });
  if (onSession !== undefined) socket.on('session', onSession);
  socket.on('secureConnect', () => onReused?.(socket.isSessionReused()));
  const said = await text(socket);
  if (said === '') throw new Error('the server closed the connection');
  return said;
}

/** Whether a sink accepts a client, and if not why. */
async function verdict(sink: TlsOptions, client: ClientOptions): Promise<string> {
  await using strict = await listen(sink);
  const answer = await greeting(strict.port, client).catch(() => null);
  if (answer !== null) return answer;
  // A server that refuses does not tell the client why.
  await using lenient = await listen({ ...sink, rejectUnauthorized: false });
  return `refused: ${await greeting(lenient.port, client)}`;
}

describe('a sink', () => {
  it('accepts a client of its authority, and knows its name', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const client = await issue(directory, 'client', 'pve-1');
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...pair(client) });
    expect(answer).toBe('accepted pve-1');
  });

  it('refuses who has no certificate', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority) });
    expect(answer).toMatch('refused: ');
  });

  it('refuses the client of another authority', async () => {
    const [ours, other] = [await newAuthority(), await newAuthority()];
    const sink = await issue(ours.directory, 'sink', 'backup');
    const client = await issue(other.directory, 'client', 'pve-1');
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...pair(client) });
    expect(answer).toMatch(/^refused: UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)/);
  });

  it('refuses a client with the certificate of a sink', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const other = await issue(directory, 'sink', 'pve-1');
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...pair(other) });
    expect(answer).toBe('refused: INVALID_PURPOSE pve-1');
  });

  it('refuses a client whose certificate signs another', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const client = await issue(directory, 'client', 'pve-1');
    const forged = await makeCertificate(
      { role: 'client', name: 'pve-2', addresses: [] },
      { notBefore: now - DAY_MS, notAfter: now + DAY_MS },
      {
        certificate: new X509Certificate(read(client.certificate)),
        key: readKey(read(client.key)),
      },
    );
    const chain = { cert: `${forged.certificate}${read(client.certificate)}`, key: forged.key };
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...chain });
    expect(answer).toMatch(/^refused: .* pve-2$/);
  });

  it('refuses a client whose certificate has ended', async () => {
    const past = now - 366 * DAY_MS;
    const { directory } = await newAuthority(past);
    const sink = await issue(directory, 'sink', 'backup');
    const client = await issue(directory, 'client', 'pve-1', { at: past });
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...pair(client) });
    expect(answer).toBe('refused: CERT_HAS_EXPIRED pve-1');
  });

  it('accepts what an authority has made whose clock is some minutes ahead', async () => {
    const at = now + 240_000;
    const { directory } = await newAuthority(at);
    const sink = await issue(directory, 'sink', 'backup', { at });
    const client = await issue(directory, 'client', 'pve-1', { at });
    await issue(directory, 'client', 'pve-2', { at });
    await revokeName('pve-2', { directory, now: at });
    const answer = await verdict(sinkOptions(sink), { ca: read(sink.authority), ...pair(client) });
    expect(answer).toBe('accepted pve-1');
  });
});

describe('a client', () => {
  it('accepts a sink under its name and its addresses, and no other', async () => {
    const { directory } = await newAuthority();
    const addresses = ['b.example.org', '127.0.0.1', '::1'];
    const sink = await issue(directory, 'sink', 'backup', { addresses });
    const client = { ca: read(sink.authority), ...pair(await issue(directory, 'client', 'pve-1')) };
    await using listening = await listen(sinkOptions(sink));
    for (const host of ['backup', 'b.example.org', '127.0.0.1']) {
      expect(await greeting(listening.port, { ...client, host })).toBe('accepted pve-1');
    }
    await expect(
      greeting(listening.port, { ...client, host: 'other.example.org' }),
    ).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const { subjectAltName } = new OpensslCertificate(read(sink.certificate));
    expect(subjectAltName).toBe(
      'DNS:backup, DNS:b.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('accepts a sink whose name is an IP address', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', '127.0.0.1');
    const client = { ca: read(sink.authority), ...pair(await issue(directory, 'client', 'pve-1')) };
    await using listening = await listen(sinkOptions(sink));
    expect(await greeting(listening.port, { ...client, host: '127.0.0.1' })).toBe('accepted pve-1');
  });

  it('refuses a sink with the certificate of a client', async () => {
    const { directory } = await newAuthority();
    const fake = await issue(directory, 'client', 'backup');
    const client = await issue(directory, 'client', 'pve-1');
    await using listening = await listen(sinkOptions(fake));
    await expect(
      greeting(listening.port, { ca: read(fake.authority), ...pair(client) }),
    ).rejects.toMatchObject({ code: 'INVALID_PURPOSE' });
  });
});

describe('the list of what is revoked', () => {
  it('has a sink refuse a client that is on it, and accept the others', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const [bad, good] = [
      await issue(directory, 'client', 'pve-1'),
      await issue(directory, 'client', 'pve-2'),
    ];
    const ca = read(sink.authority);
    expect(await verdict(sinkOptions(sink), { ca, ...pair(bad) })).toBe('accepted pve-1');
    await revokeName('pve-1', { directory, now });
    expect(await verdict(sinkOptions(sink), { ca, ...pair(bad) })).toBe(
      'refused: CERT_REVOKED pve-1',
    );
    expect(await verdict(sinkOptions(sink), { ca, ...pair(good) })).toBe('accepted pve-2');
  });

  it('has the old certificates of a name when it is renewed so, and not the new one', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const first = await issue(directory, 'client', 'pve-1');
    const ca = read(sink.authority);
    const second = await renewCertificate('pve-1', { directory, days: 9, now, revokeOld: false });
    for (const each of [first, second])
      expect(await verdict(sinkOptions(sink), { ca, ...pair(each) })).toBe('accepted pve-1');
    const third = await renewCertificate('pve-1', { directory, days: 9, now, revokeOld: true });
    for (const each of [first, second])
      expect(await verdict(sinkOptions(sink), { ca, ...pair(each) })).toMatch('CERT_REVOKED');
    expect(await verdict(sinkOptions(sink), { ca, ...pair(third) })).toBe('accepted pve-1');
  });

  it('is obeyed by a running server that is given a new one, also for sessions from before', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const client = {
      ca: read(sink.authority),
      ...pair(await issue(directory, 'client', 'pve-1')),
    };
    await using listening = await listen(sinkOptions(sink));
    const [sessions, reused] = [[] as Buffer[], [] as boolean[]];
    const onSession = (session: Buffer): void => void sessions.push(session);
    expect(await greeting(listening.port, { ...client, onSession })).toBe('accepted pve-1');
    const [session] = sessions;
    if (session === undefined) throw new Error('the server gave no session');
    const again = { ...client, session, onReused: (isReused: boolean) => reused.push(isReused) };
    expect(await greeting(listening.port, again)).toBe('accepted pve-1');
    expect(reused).toEqual([true]);

    await revokeName('pve-1', { directory, now });
    listening.server.setSecureContext(sinkOptions(sink));
    await expect(greeting(listening.port, again)).rejects.toThrow();
    await expect(greeting(listening.port, client)).rejects.toThrow();
    expect(reused).toEqual([true, false]);
  });

  it('does not stop anybody when it is old: OpenSSL would, but it lasts as long as its authority', async () => {
    const { directory, certificate, key, ...authority } = await newAuthority(now - 3640 * DAY_MS);
    const sink = await issue(directory, 'sink', 'backup');
    const client = await issue(directory, 'client', 'pve-1');
    const ca = read(certificate);
    expect(await verdict(sinkOptions(sink), { ca, ...pair(client) })).toBe('accepted pve-1');

    const old = await X509CrlGenerator.create({
      issuer: new X509Certificate(ca).subjectName,
      thisUpdate: new Date(authority.notBefore),
      nextUpdate: new Date(now - 1000),
      signingAlgorithm: SIGNING,
      signingKey: readKey(read(key)),
    });
    const crl = PemConverter.encode(old.rawData, 'X509 CRL');
    expect(await verdict({ ...sinkOptions(sink), crl }, { ca, ...pair(client) })).toBe(
      'refused: CRL_HAS_EXPIRED pve-1',
    );
  });

  it('is needed of each authority that a sink trusts', async () => {
    const [old, young] = [await newAuthority(), await newAuthority()];
    const sink = await issue(young.directory, 'sink', 'backup');
    const clients = [
      await issue(old.directory, 'client', 'pve-1'),
      await issue(young.directory, 'client', 'pve-2'),
    ];
    const [ca, crl] = [
      [old, young].map(({ certificate }) => read(certificate)).join(''),
      [old, young].map(({ revocationList }) => read(revocationList)),
    ];
    const verdicts = (lists: string | string[]) =>
      Promise.all(
        clients.map((each) =>
          verdict(
            { ...pair(sink), ca, crl: lists },
            { ca: read(young.certificate), ...pair(each) },
          ),
        ),
      );
    expect(await verdicts(crl)).toEqual(['accepted pve-1', 'accepted pve-2']);
    // Node reads the first list of a text only: each has to be one by itself.
    expect(await verdicts(crl.join(''))).toEqual([
      'accepted pve-1',
      'refused: UNABLE_TO_GET_CRL pve-2',
    ]);
  });

  it('has a client refuse a sink that is on it', async () => {
    const { directory } = await newAuthority();
    const sink = await issue(directory, 'sink', 'backup');
    const pve = await issue(directory, 'client', 'pve-1');
    const client = () => ({ ca: read(pve.authority), crl: read(pve.revocationList), ...pair(pve) });
    await using listening = await listen(sinkOptions(sink));
    expect(await greeting(listening.port, client())).toBe('accepted pve-1');
    await revokeName('backup', { directory, now });
    await expect(greeting(listening.port, client())).rejects.toMatchObject({
      code: 'CERT_REVOKED',
    });
  });

  it('is of no use to a sink of another authority', async () => {
    const [ours, other] = [await newAuthority(), await newAuthority()];
    const sink = await issue(ours.directory, 'sink', 'backup');
    const client = await issue(ours.directory, 'client', 'pve-1');
    const crl = read(other.revocationList);
    const ca = read(sink.authority);
    expect(await verdict({ ...sinkOptions(sink), crl }, { ca, ...pair(client) })).toBe(
      'refused: UNABLE_TO_GET_CRL pve-1',
    );
  });
});
