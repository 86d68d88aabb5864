import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { initAuthority } from '../../src/pki/init.ts';
import { issueCertificate } from '../../src/pki/issue.ts';
import { readTls } from '../../src/transport/read-tls.ts';

const run = promisify(execFile);

const DAY_MS = 86_400_000;
const now = Date.now();

let folder: string;
let paths: {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl: string;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-tls-'));
  await initAuthority({ directory: join(folder, 'pki'), days: 3650, now });
});

afterAll(() => rm(folder, { recursive: true }));

let count = 0;

/** Issues a certificate as of a time, and copies its files to where a machine has them. */
async function machine(issuedAt: number) {
  count += 1;
  const own = join(folder, `machine-${count}`);
  await mkdir(own);
  const issued = await issueCertificate(
    { role: 'client', name: `pve-${count}`, addresses: [] },
    { directory: join(folder, 'pki'), days: 10, now: issuedAt },
  );
  const to = (name: string) => join(own, name);
  const made = { ca: to('ca.crt'), cert: to('own.crt'), key: to('own.key'), crl: to('crl.pem') };
  await copyFile(issued.authority, made.ca);
  await copyFile(issued.certificate, made.cert);
  await copyFile(issued.key, made.key);
  await copyFile(issued.revocationList, made.crl);
  return made;
}

beforeEach(async () => {
  paths = await machine(now);
});

it('reads what `ceph2zfs pki` made, with or without the list of what is revoked', async () => {
  const { crl, ...rest } = paths;
  expect(await readTls(paths)).toEqual({
    ca: await readFile(paths.ca),
    cert: await readFile(paths.cert),
    key: await readFile(paths.key),
    crl: await readFile(crl),
  });
  expect(await readTls(rest)).not.toHaveProperty('crl');
});

it.each(['ca', 'cert', 'key', 'crl'] as const)('a missing file (%s) is named', async (which) => {
  await rm(paths[which]);
  await expect(readTls(paths)).rejects.toMatchObject({
    code: 'tls-unreadable',
    retry: 'never',
    message: `cannot read ${paths[which]}: there is no such file`,
    hint: expect.stringContaining('correct its path in `tls`'),
  });
});

it.each([
  ['ca', 'holds no certificate (PEM)'],
  ['cert', 'holds no certificate (PEM)'],
  ['key', 'holds no private key (PEM)'],
] as const)('what is something else (%s) is named', async (which, problem) => {
  await writeFile(paths[which], 'something else\n');
  await expect(readTls(paths)).rejects.toMatchObject({
    code: 'tls-unusable',
    message: `${paths[which]} ${problem}`,
  });
});

it('a certificate that is cut off is named', async () => {
  const pem = await readFile(paths.cert, 'utf8');
  await writeFile(paths.cert, pem.replace(/\n[^\n]+\n-----END/, '\n-----END'));
  await expect(readTls(paths)).rejects.toThrow(`${paths.cert} holds a certificate that is damaged`);
});

it('a list of what is revoked that is none is told of', async () => {
  await writeFile(paths.crl, 'something else\n');
  await expect(readTls(paths)).rejects.toMatchObject({
    code: 'tls-unusable',
    message: expect.stringContaining(paths.crl),
    cause: expect.any(Error),
  });
});

it('a key of another certificate does not fit, which may pass while both are replaced', async () => {
  const { key } = await machine(now);
  await expect(readTls({ ...paths, key })).rejects.toMatchObject({
    code: 'tls-unusable',
    retry: 'backoff',
    message: `the key ${key} does not fit the certificate ${paths.cert}`,
  });
});

it('a key that others may read is refused', async () => {
  await chmod(paths.key, 0o644);
  await expect(readTls(paths)).rejects.toMatchObject({
    code: 'tls-unusable',
    message: `the key ${paths.key} can be used by others: its mode is 0644`,
    hint: `chmod 0600 ${paths.key}`,
  });
  await chmod(paths.key, 0o640);
  expect((await readTls(paths)).key).toEqual(await readFile(paths.key));
});

it('a key with a password is refused, with how to take it away', async () => {
  const locked = `${paths.key}.locked`;
  const args = ['pkey', '-in', paths.key, '-out', locked, '-aes256', '-passout', 'pass:secret'];
  await run('openssl', args);
  await chmod(locked, 0o600);
  await expect(readTls({ ...paths, key: locked })).rejects.toMatchObject({
    code: 'tls-unusable',
    message: `the key ${locked} has a password`,
    hint: expect.stringContaining(`openssl pkey -in ${locked}`),
  });
});

it('a certificate that has expired is named, with the day and how to renew it', async () => {
  const old = await machine(now - 20 * DAY_MS);
  const day = new Date(now - 10 * DAY_MS).toISOString().slice(0, 10);
  await expect(readTls(old)).rejects.toMatchObject({
    code: 'tls-unusable',
    retry: 'never',
    message: `the certificate ${old.cert} has expired on ${day}`,
    hint: expect.stringContaining('ceph2zfs pki renew'),
  });
});

it('a certificate of the future is a matter of clocks', async () => {
  const { cert, key } = await machine(now + 2 * DAY_MS);
  await expect(readTls({ ...paths, cert, key })).rejects.toMatchObject({
    message: expect.stringContaining(`the certificate ${cert} is not valid before `),
    hint: expect.stringContaining('clock'),
  });
});

it('an authority that has ended is named; one that is beside its successor is not', async () => {
  const directory = join(folder, 'ended');
  await initAuthority({ directory, days: 1, now: now - 2 * DAY_MS });
  const ended = await readFile(join(directory, 'ca.crt'), 'utf8');
  const valid = await readFile(paths.ca, 'utf8');
  await writeFile(paths.ca, ended + valid);
  expect((await readTls(paths)).ca.toString()).toBe(ended + valid);
  await writeFile(paths.ca, ended);
  await expect(readTls(paths)).rejects.toThrow(
    `the authority's certificate ${paths.ca} has expired on `,
  );
});
