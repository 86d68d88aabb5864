import { createPublicKey, X509Certificate as OpensslCertificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile } from '../native/lock-file.ts';
import type { Role } from './identity.ts';
import { initAuthority } from './init.ts';
import { issueCertificate } from './issue.ts';
import { listCertificates } from './list.ts';
import { lockAuthority } from './lock.ts';
import { renewCertificate } from './renew.ts';
import { revokeName } from './revoke.ts';
import { DAY_MS } from './validity.ts';
import { BasicConstraintsExtension, KeyUsagesExtension, X509Certificate, X509Crl } from './x509.ts';

const now = Date.UTC(2026, 10, 23, 14);
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

let folder: string;
let directory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pki-'));
  directory = join(folder, 'deep', 'pki');
});

afterEach(() => rmSync(folder, { recursive: true }));

function init(days = 3650) {
  return initAuthority({ directory, days, now });
}

function issue(name: string, role: Role = 'client', { days = 365, at = now } = {}) {
  return issueCertificate({ role, name, addresses: [] }, { directory, days, now: at });
}

function renew(name: string, revokeOld = false) {
  return renewCertificate(name, { directory, days: 365, now, revokeOld });
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function inDirectory(name: string): string {
  return join(directory, name);
}

function modes(): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(
    names.map((name) => [name, (statSync(inDirectory(name)).mode & 0o777).toString(8)]),
  );
}

function serials(crl: string): string[] {
  return new X509Crl(read(crl)).entries.map(({ serialNumber }) => serialNumber.toUpperCase());
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: { readonly code?: unknown }) => error.code ?? error,
  );
}

describe('a new authority', () => {
  it('has all its files, for nobody but their owner', async () => {
    await init();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(modes()).toEqual({
      'ca.crt': '600',
      'ca.key': '600',
      'crl.pem': '600',
      'index.json': '600',
    });
    expect(await listCertificates(directory, now)).toEqual([]);
    expect(readdirSync(dirname(directory))).toEqual(['pki']);
  });

  it('signs certificates and lists, no further authorities, and is the name of no host', async () => {
    const { certificate: path } = await init(100);
    const certificate = new X509Certificate(read(path));
    const { ca, pathLength } = certificate.getExtension(BasicConstraintsExtension) ?? {};
    expect({ ca, pathLength }).toEqual({ ca: true, pathLength: 0 });
    const usages = certificate.getExtension(KeyUsagesExtension)?.usages;
    expect(usages).toBe((1 << 5) | (1 << 6));
    const seen = new OpensslCertificate(read(path));
    expect(seen.subjectAltName).toBe(undefined);
    expect(seen.subject).toMatch(/^CN=ceph2zfs CA [0-9A-F]{8}$/);
    expect(seen.validToDate.getTime()).toBe(now + 100 * DAY_MS);
    expect(seen.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('may take an empty directory, and leaves alone what has something in it', async () => {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    await init();
    const key = read(inDirectory('ca.key'));
    expect(await failure(init())).toBe('pki-exists');
    expect(read(inDirectory('ca.key'))).toBe(key);

    directory = join(folder, 'other');
    mkdirSync(directory);
    writeFileSync(inDirectory('mine'), 'mine');
    expect(await failure(init())).toBe('pki-exists');
    expect(readdirSync(directory)).toEqual(['mine']);
  });

  it('is made once when two are made at a time', async () => {
    const results = await Promise.all([failure(init()), failure(init())]);
    expect(results.toSorted()).toEqual(['no error', 'pki-exists']);
    await issue('pve-1');
    expect(readdirSync(dirname(directory))).toEqual(['pki']);
  });
});

describe('a certificate', () => {
  it.each([
    ['client', CLIENT_AUTH, undefined],
    ['sink', SERVER_AUTH, 'DNS:a-1'],
  ] as const)('of a %s is good for that only', async (role, usage, subjectAltName) => {
    await init();
    const issued = await issue('a-1', role);
    const seen = new OpensslCertificate(read(issued.certificate));
    expect(seen.subject).toBe('CN=a-1');
    expect(seen.keyUsage).toEqual([usage]);
    expect(seen.subjectAltName).toBe(subjectAltName);
    const { ca } = new X509Certificate(seen.raw).getExtension(BasicConstraintsExtension) ?? {};
    expect(ca).toBe(false);
    expect(seen.serialNumber).toBe(issued.serial);
    expect(seen.validFromDate.getTime()).toBe(now - 300_000);
    expect(seen.validToDate.getTime()).toBe(now + 365 * DAY_MS);
    expect(issued.notAfter).toBe(now + 365 * DAY_MS);
    const key = createPublicKey(read(issued.key));
    expect(seen.publicKey.equals(key)).toBe(true);
  });

  it('has a folder of its own with its key, for nobody but their owner', async () => {
    await init();
    const { certificate, key } = await issue('pve-1');
    expect(certificate).toBe(inDirectory('issued/pve-1/1/pve-1.crt'));
    expect(key).toBe(inDirectory('issued/pve-1/1/pve-1.key'));
    expect(modes()).toMatchObject({
      issued: '700',
      'issued/pve-1': '700',
      'issued/pve-1/1': '700',
      'issued/pve-1/1/pve-1.crt': '600',
      'issued/pve-1/1/pve-1.key': '600',
    });
  });

  it.each(['client', 'sink'] as const)('is not issued twice, not as %s either', async (role) => {
    await init();
    const { certificate } = await issue('pve-1');
    const before = read(certificate);
    expect(await failure(issue('pve-1', role))).toBe('pki-exists');
    expect(read(certificate)).toBe(before);
    expect(await listCertificates(directory, now)).toHaveLength(1);
  });

  it('may be issued again when all of its name are revoked', async () => {
    await init();
    const first = await issue('pve-1');
    await revokeName('pve-1', { directory, now });
    expect(await failure(renew('pve-1'))).toBe('pki-unknown');
    const second = await issue('pve-1', 'sink');
    expect(second.certificate).toBe(inDirectory('issued/pve-1/2/pve-1.crt'));
    expect(serials(second.revocationList)).toEqual([first.serial]);
  });

  it('does not outlive its authority', async () => {
    const { notAfter } = await init(30);
    expect(await issue('pve-1')).toMatchObject({ notAfter, isShortened: true });
    expect(await issue('pve-2', 'client', { days: 3 })).toMatchObject({ isShortened: false });
    expect(await failure(issue('pve-3', 'client', { at: notAfter }))).toBe('pki-expired');
    expect(await failure(issue('pve-3', 'client', { at: notAfter - 1000 }))).toBe('no error');
  });

  it.each([0, -1, 1.5, Number.NaN, 36_501])('is not valid for %d days', async (days) => {
    expect(await failure(init(days))).toBe('pki-argument');
    expect(existsSync(directory)).toBe(false);
    await init();
    expect(await failure(issue('pve-1', 'client', { days }))).toBe('pki-argument');
  });

  it('is not issued to a name or address that none may have', async () => {
    await init();
    expect(await failure(issue('../a'))).toBe('pki-argument');
    const identity = { role: 'sink', name: 'a', addresses: ['a:1'] } as const;
    const made = issueCertificate(identity, { directory, days: 1, now });
    expect(await failure(made)).toBe('pki-argument');
    expect(readdirSync(directory)).not.toContain('issued');
  });

  it('can end in a year of which two digits would not tell the century', async () => {
    const { certificate } = await init(36_500);
    const seen = new OpensslCertificate(read(certificate));
    expect(seen.validToDate.getTime()).toBe(now + 36_500 * DAY_MS);
  });
});

describe('renewing', () => {
  it('keeps the identity, makes a new key, and lets the old certificate be', async () => {
    await init();
    const addresses = ['b.example.org', '192.0.2.7'];
    const identity = { role: 'sink', name: 'backup', addresses } as const;
    const first = await issueCertificate(identity, { directory, days: 365, now });
    const [certificate, key] = [read(first.certificate), read(first.key)];
    const second = await renew('backup');
    expect(second).toMatchObject({ ...identity, revoked: [] });
    expect(second.certificate).toBe(inDirectory('issued/backup/2/backup.crt'));
    expect(second.serial).not.toBe(first.serial);
    expect(read(second.key)).not.toBe(key);
    expect([read(first.certificate), read(first.key)]).toEqual([certificate, key]);
    expect(serials(second.revocationList)).toEqual([]);
    const { subjectAltName } = new OpensslCertificate(read(second.certificate));
    expect(subjectAltName).toBe('DNS:backup, DNS:b.example.org, IP Address:192.0.2.7');
  });

  it('revokes the old certificates when that is asked for', async () => {
    await init();
    const [first, second] = [await issue('pve-1'), await renew('pve-1')];
    const old = [first.serial, second.serial];
    const third = await renew('pve-1', true);
    expect(third.revoked).toEqual(old);
    expect(serials(third.revocationList)).toEqual(old);
    const states = (await listCertificates(directory, now)).map(({ state }) => state);
    expect(states).toEqual(['revoked', 'revoked', 'valid']);
  });

  it('needs a name that there is', async () => {
    await init();
    expect(await failure(renew('pve-1'))).toBe('pki-unknown');
  });
});

describe('revoking', () => {
  it('puts all certificates of a name on the list, and no other', async () => {
    await init();
    const [first, second] = [await issue('pve-1'), await renew('pve-1')];
    await issue('pve-2');
    const revoked = await revokeName('pve-1', { directory, now });
    expect(revoked.revoked).toEqual([first.serial, second.serial]);
    expect(serials(revoked.revocationList)).toEqual([first.serial, second.serial]);
  });

  it('makes the list anew also when there is nothing left to revoke', async () => {
    await init();
    const { serial } = await issue('pve-1');
    const { revocationList } = await revokeName('pve-1', { directory, now });
    rmSync(revocationList);
    expect(await revokeName('pve-1', { directory, now })).toMatchObject({ revoked: [] });
    expect(serials(revocationList)).toEqual([serial]);
  });

  it('needs a name that there is', async () => {
    await init();
    expect(await failure(revokeName('pve-1', { directory, now }))).toBe('pki-unknown');
  });
});

describe('the list of certificates', () => {
  it('tells how each of them is', async () => {
    await init();
    const days = 10;
    await issue('pve-1', 'client', { days });
    await issue('backup', 'sink');
    await issue('pve-2');
    await revokeName('pve-2', { directory, now });
    const listed = await listCertificates(directory, now + days * DAY_MS);
    expect(listed.map(({ name, state, daysLeft }) => ({ name, state, daysLeft }))).toEqual([
      { name: 'pve-1', state: 'expired', daysLeft: 0 },
      { name: 'backup', state: 'valid', daysLeft: 355 },
      { name: 'pve-2', state: 'revoked', daysLeft: 355 },
    ]);
    const [before] = await listCertificates(directory, now + days * DAY_MS - 1);
    expect(before).toMatchObject({ state: 'valid', daysLeft: 0 });
  });

  it('needs an authority', async () => {
    expect(await failure(listCertificates(directory, now))).toBe('pki-missing');
  });
});

describe('the files of an authority', () => {
  it('are changed by one command at a time, and nothing is lost', async () => {
    await init();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const issued = await Promise.all(names.map((name) => issue(name)));
    expect(new Set(issued.map(({ serial }) => serial)).size).toBe(names.length);
    const listed = await listCertificates(directory, now);
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names);
  });

  it('give one name to one of two at a time', async () => {
    await init();
    const results = await Promise.all([failure(issue('a')), failure(issue('a'))]);
    expect(results.toSorted()).toEqual(['no error', 'pki-exists']);
  });

  it('are not waited for without end', async () => {
    await init();
    await using _held = await lockFile(inDirectory('lock'));
    expect(await failure(lockAuthority(inDirectory('lock'), 60))).toBe('pki-busy');
  });

  it('must be there', async () => {
    expect(await failure(issue('a'))).toBe('pki-missing');
    mkdirSync(directory, { recursive: true });
    expect(await failure(issue('a'))).toBe('pki-missing');
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o620, 0o601])('must not let others use the key: %o', async (mode) => {
    await init();
    chmodSync(inDirectory('ca.key'), mode);
    expect(await failure(issue('a'))).toBe('pki-exposed');
    expect(await listCertificates(directory, now)).toEqual([]);
  });

  it.each([0o720, 0o702])('must not let others write in the directory: %o', async (mode) => {
    await init();
    chmodSync(directory, mode);
    expect(await failure(issue('a'))).toBe('pki-exposed');
  });

  it('must belong together', async () => {
    const { key } = await init();
    const other = join(folder, 'other');
    await initAuthority({ directory: other, days: 1, now });
    writeFileSync(key, read(join(other, 'ca.key')));
    expect(await failure(issue('a'))).toBe('pki-damaged');
  });

  it.each(['ca.key', 'ca.crt', 'index.json'])('must be whole: %s', async (name) => {
    await init();
    writeFileSync(inDirectory(name), read(inDirectory(name)).slice(0, 40));
    expect(await failure(issue('a'))).toBe('pki-damaged');
    expect(read(inDirectory(name))).toHaveLength(40);
  });

  it('have no certificate that is not in the register', async () => {
    await init();
    mkdirSync(inDirectory('index.json.new'));
    expect(await failure(issue('a'))).toBe('pki-failed');
    expect(readdirSync(directory)).not.toContain('issued');
  });

  it('have in the register what could not be written out, so that it can be renewed and revoked', async () => {
    await init();
    writeFileSync(inDirectory('issued'), '');
    expect(await failure(issue('a'))).toBe('pki-failed');
    const [lost] = await listCertificates(directory, now);
    rmSync(inDirectory('issued'));
    const { certificate } = await renew('a');
    expect(certificate).toBe(inDirectory('issued/a/2/a.crt'));
    const { revocationList } = await revokeName('a', { directory, now });
    expect(serials(revocationList)).toContain(lost?.serial);
  });
});
