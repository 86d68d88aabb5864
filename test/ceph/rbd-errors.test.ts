import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRbdCatalog, type RbdOptions } from '../../src/source/rbd/catalog.ts';
import { ceph, rbd, temporaryPool } from '../support/ceph-cli.ts';
import { cephConf } from '../support/rbd-harness.ts';

const never = new AbortController().signal;
const MONITOR_TIMEOUT_MS = 30_000;

let directory: string;
let pool: Awaited<ReturnType<typeof temporaryPool>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ceph2zfs-errors-'));
  pool = await temporaryPool();
  await rbd('create', `${pool.name}/vm`, '--size', '4M');
});

afterAll(async () => {
  for (const user of ['test-reader', 'test-tenant']) await ceph('auth', 'rm', `client.${user}`);
  await pool?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function connect(options: Partial<RbdOptions> = {}) {
  return openRbdCatalog({ conf: cephConf(), user: 'admin', ...options }, never);
}

/** A keyring for a new user with these caps. */
async function keyringOf(user: string, ...caps: readonly string[]): Promise<string> {
  // One that an earlier run left behind has other caps.
  await ceph('auth', 'rm', `client.${user}`);
  return file(`${user}.keyring`, await ceph('auth', 'get-or-create', `client.${user}`, ...caps));
}

describe('connecting', () => {
  it('names a ceph.conf that is not there, or is none', async () => {
    await expect(connect({ conf: '/nowhere/ceph.conf' })).rejects.toMatchObject({
      code: 'conf-unreadable',
      message: 'cannot read ceph.conf /nowhere/ceph.conf (ENOENT, errno 2)',
    });
    const conf = await file('bad.conf', 'no [configuration\n= =\n');
    await expect(connect({ conf })).rejects.toMatchObject({
      code: 'conf-unreadable',
      message: expect.stringContaining('it is no Ceph configuration'),
    });
  });

  it('names the keyrings where it found no key', async () => {
    await expect(connect({ user: 'stranger' })).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringMatching(/no key for client\.stranger in any of: .*stranger\.keyring/),
    });
    const keyring = '/nowhere/keyring';
    await expect(connect({ keyring })).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining(keyring),
    });
  });

  it('tells a wrong key from a damaged one', async () => {
    const wrong = '[client.admin]\nkey = AQDkIVNlAAAAABAAJ2X1F8Wk3L9d0oGcZ1f4Uw==\n';
    await expect(connect({ keyring: await file('wrong', wrong) })).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('does not let client.admin in'),
    });
    const damaged = '[client.admin]\nkey = AQBOxx==\n';
    await expect(connect({ keyring: await file('damaged', damaged) })).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('is damaged'),
    });
  });

  it('gives up on monitors that do not answer, or at once when it is told to', async () => {
    const text = await readFile(cephConf(), 'utf8');
    const conf = await file(
      'away.conf',
      text.replace(/mon host = .*/, 'mon host = v2:127.0.0.1:1'),
    );
    const start = performance.now();
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);
    await expect(openRbdCatalog({ conf, user: 'admin' }, controller.signal)).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(5000);
    await expect(connect({ conf })).rejects.toMatchObject({
      code: 'cluster-unreachable',
      retry: 'backoff',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(performance.now() - start).toBeLessThan(MONITOR_TIMEOUT_MS + 10_000);
  });
});

describe('what is not there', () => {
  it.each([
    ['pool', 'pool-missing', (name: string) => `${name}-no/vm`],
    ['namespace', 'namespace-missing', (name: string) => `${name}/nobody/vm`],
    ['image', 'image-missing', (name: string) => `${name}/nothing`],
  ])('is named: %s', async (_, code, nameIn) => {
    await using catalog = await connect();
    const name = nameIn(pool.name);
    await expect(catalog.open(name, never)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(name),
    });
  });
});

describe('a user with few caps', () => {
  it('who may only read cannot make a snapshot, and is told so', async () => {
    const osd = 'profile rbd-read-only';
    const keyring = await keyringOf('test-reader', 'mon', 'profile rbd', 'osd', osd);
    await using catalog = await connect({ user: 'test-reader', keyring });
    await using source = await catalog.open(`${pool.name}/vm`, never);
    await expect(source.createSnapshot('s', never)).rejects.toMatchObject({
      code: 'permission-denied',
      hint: expect.stringContaining('profile rbd'),
    });
  });

  it('sees the pools that are allowed, and is told of the others', async () => {
    const osd = `profile rbd pool=${pool.name}`;
    const keyring = await keyringOf('test-tenant', 'mon', 'profile rbd', 'osd', osd);
    await using other = await temporaryPool();
    await using catalog = await connect({ user: 'test-tenant', keyring });
    expect(await catalog.list(never)).toEqual([`${pool.name}/vm`]);
    const problem = catalog.problems.find(({ message }) => message.includes(other.name));
    expect(problem?.code).toBe('permission-denied');
  });
});

describe('an image of format 1', () => {
  it('is listed, and cannot be backed up because it has no id', async () => {
    process.env['RBD_FORCE_ALLOW_V1'] = '1';
    await rbd('create', `${pool.name}/old`, '--size', '1M', '--image-format', '1');
    await using catalog = await connect();
    await expect(catalog.open(`${pool.name}/old`, never)).rejects.toMatchObject({
      code: 'image-unsupported',
    });
  });
});
