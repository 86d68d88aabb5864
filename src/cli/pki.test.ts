import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runMain } from '../../test/support/run-main.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

let folder: string;
let directory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pki-cli-'));
  directory = join(folder, 'pki');
});

afterEach(() => rmSync(folder, { recursive: true }));

function pki(...args: readonly string[]) {
  return runMain(['pki', ...args, '--dir', directory]);
}

/** The command must succeed, and say nothing on standard error. */
async function json(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await pki(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const SERIAL = expect.stringMatching(/^[0-9A-F]{32}$/);

describe('pki', () => {
  it('makes an authority and certificates, and tells of them as JSON', async () => {
    expect(await json('init', '--days', '30')).toEqual({
      serial: SERIAL,
      notBefore: expect.any(Number),
      notAfter: expect.any(Number),
      certificate: join(directory, 'ca.crt'),
      key: join(directory, 'ca.key'),
      revocationList: join(directory, 'crl.pem'),
    });
    const addresses = ['b.example.org', '::1'];
    const asked = addresses.flatMap((address) => ['--address', address]);
    const sink = await json('issue', 'sink', 'backup', ...asked, '--days', '10');
    expect(sink).toMatchObject({ role: 'sink', name: 'backup', addresses, isShortened: false });
    const client = await json('issue', 'client', 'pve-1');
    expect(client).toMatchObject({ role: 'client', addresses: [], isShortened: true });
    const { serial } = client as { readonly serial: string };
    expect(await json('renew', 'pve-1', '--revoke-old')).toMatchObject({ revoked: [serial] });
    expect(await json('revoke', 'pve-1')).toEqual({
      role: 'client',
      name: 'pve-1',
      revoked: [SERIAL],
      revocationList: join(directory, 'crl.pem'),
    });
    const listed = (await json('list')) as readonly Record<string, unknown>[];
    expect(listed.map(({ name, state, daysLeft }) => [name, state, daysLeft])).toEqual([
      ['backup', 'valid', 9],
      ['pve-1', 'revoked', 29],
      ['pve-1', 'revoked', 29],
    ]);
  });

  it('tells people what to do, and shows no key', async () => {
    expect((await pki('init')).stdout).toContain(`made a certificate authority in ${directory}`);
    const { stdout } = await pki('issue', 'client', 'pve-1');
    const path = join(directory, 'issued', 'pve-1', '1', 'pve-1.key');
    expect(stdout).toContain(path);
    const [, secret = ''] = readFileSync(path, 'utf8').split('\n');
    expect(secret).toHaveLength(64);
    expect(stdout).not.toContain(secret);
    expect((await pki('list')).stdout).toMatch(/pve-1 +client +valid/);
  });

  it.each([
    [['issue', 'client', '../a'], 'the name of a client "../a" has characters'],
    [['issue', 'sink', 'a', '--address', 'a:1'], '"a:1" is no address of a host'],
    [['issue', 'client', 'a', '--address', 'b'], "unknown option '--address'"],
    [['issue', 'a'], "unknown command 'a'"],
    [['init', '--days', '1y'], 'It is no whole number'],
    [['init', '--days', '0'], '0 is no number of days'],
    [['renew', 'a'], 'there is no certificate of "a"'],
    [['revoke', 'a'], 'there is no certificate of "a"'],
  ])('%j is wrong, and ends with 2', async (args, message) => {
    if (args[0] !== 'init') await pki('init');
    const { code, stderr } = await pki(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('without an authority ends with 4', async () => {
    const { code, stderr } = await pki('list');
    expect(code).toBe(4);
    expect(stderr).toContain('Make one with `ceph2zfs pki init`');
  });

  it('loses nothing when processes issue at the same time', async () => {
    await pki('init');
    const names = ['a', 'b', 'c'];
    const commands = names.map((name) => {
      const args = ['src/main.ts', 'pki', 'issue', 'client', name, '--dir', directory];
      return execa(process.execPath, args, { cwd: ROOT });
    });
    await Promise.all(commands);
    const listed = (await json('list')) as readonly { readonly name: string }[];
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names);
  }, 30_000);
});
