import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CephfsCatalog,
  type CephfsOptions,
  openCephfsCatalog,
} from '../../src/source/cephfs/catalog.ts';
import { entryAt, listAll, readWhole } from '../contract/tree-entries.ts';
import { ceph } from '../support/ceph-cli.ts';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { cephConf } from '../support/rbd-harness.ts';

const never = new AbortController().signal;
const users: string[] = [];

let keyrings: string;
let client: CephfsClient;
let top: string;

beforeAll(async () => {
  keyrings = await mkdtemp(join(tmpdir(), 'ceph2zfs-cephfs-'));
  client = await CephfsClient.open();
  top = await freshDirectory(client, 'errors');
  await client.mkdir(`${top}/d`);
  await client.write(`${top}/d/file`, 0, Buffer.from('content'));
  await client.write(`${top}/file`, 0, Buffer.from('content'));
  await client.symlink('d', `${top}/link`);
  await client.sync();
});

afterAll(async () => {
  for (const user of users) await ceph('auth', 'rm', `client.${user}`);
  await client?.removeTree(top);
  await client?.close();
  await rm(keyrings, { recursive: true });
});

function connect(options: Partial<CephfsOptions> = {}): Promise<CephfsCatalog> {
  return openCephfsCatalog(
    { conf: cephConf(), user: 'admin', select: [`${top}/*`], ...options },
    never,
  );
}

/** Connects as a new user that has these caps. */
async function connectWith(user: string, ...caps: readonly string[]): Promise<CephfsCatalog> {
  users.push(user);
  // One that an earlier run left behind has other caps.
  await ceph('auth', 'rm', `client.${user}`);
  const keyring = join(keyrings, user);
  await writeFile(keyring, await ceph('auth', 'get-or-create', `client.${user}`, ...caps));
  return connect({ user, keyring });
}

describe('a filesystem', () => {
  it('that is not there is named, with those that are', async () => {
    await expect(connect({ filesystem: 'nothing' })).rejects.toMatchObject({
      code: 'filesystem-missing',
      message: 'there is no filesystem nothing; the cluster has: cephfs',
    });
  });

  it('is the same one whether it is named or the default', async () => {
    await using named = await connect({ filesystem: 'cephfs' });
    await using unnamed = await connect();
    await using first = await named.open(top, never);
    await using second = await unnamed.open(top, never);
    expect(first.identity).toEqual(second.identity);
    expect(first.identity.filesystem).not.toBe('0');
  });
});

describe('a directory', () => {
  it.each([
    ['that is not there', '/nothing', 'it does not exist'],
    ['beneath one that is not there', '/nothing/beneath', '/nothing does not exist'],
    ['that is a file', '/file', 'it is no directory'],
    ['beneath a file', '/file/beneath', '/file is no directory'],
    ['that is a symlink', '/link', 'it is a symlink'],
    ['behind a symlink', '/link/beneath', '/link is a symlink'],
    ['that is a snapshot', '/.snap/s', 'is no path of a directory'],
  ])('%s is not opened', async (_, path, message) => {
    await using catalog = await connect();
    await expect(catalog.open(top + path, never)).rejects.toMatchObject({
      code: 'directory-missing',
      message: expect.stringContaining(message),
    });
  });
});

describe('a user', () => {
  it('without caps for the MDS cannot mount, and is told so', async () => {
    await expect(
      connectWith('test-no-mds', 'mon', 'allow r', 'osd', 'allow r'),
    ).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('filesystem cephfs as client.test-no-mds'),
      hint: expect.stringContaining('ceph fs authorize'),
    });
  });

  it('without the cap for snapshots can read, and is told what is missing', async () => {
    const caps = ['mds', 'allow r', 'mon', 'allow r', 'osd', 'allow r'];
    await client.makeSnapshot(`${top}/d`, 'made-by-others');
    await using catalog = await connectWith('test-no-s', ...caps);
    await using source = await catalog.open(`${top}/d`, never);
    const [snapshot] = await source.snapshots(never);
    if (snapshot === undefined) throw new Error('there must be a snapshot');
    await using tree = await source.openSnapshot(snapshot, never);
    expect(await readWhole(tree, 'file', 7)).toEqual(Buffer.from('content'));
    const denied = { code: 'permission-denied', hint: expect.stringContaining('/ rws') };
    await expect(source.createSnapshot('s', never)).rejects.toMatchObject(denied);
    await expect(source.removeSnapshot(snapshot, never)).rejects.toMatchObject(denied);
  });

  it('with what the hint says, and no more, can do it all', async () => {
    users.push('test-authorized');
    await ceph('auth', 'rm', 'client.test-authorized');
    const keyring = join(keyrings, 'authorized');
    const text = await ceph('fs', 'authorize', 'cephfs', 'client.test-authorized', '/', 'rws');
    await writeFile(keyring, text);
    await using catalog = await connect({ user: 'test-authorized', keyring });
    expect(await catalog.list(never)).toEqual([`${top}/d`]);
    await using source = await catalog.open(`${top}/d`, never);
    const snapshot = await source.createSnapshot('authorized', never);
    await using tree = await source.openSnapshot(snapshot, never);
    const entry = await entryAt(tree, 'file');
    const { data } = await tree.details(Buffer.from('file'), entry, 100, never);
    expect(data).toEqual(Buffer.from('content'));
    await source.removeSnapshot(snapshot, never);
  });

  it('who may not read the data is told which file it is', async () => {
    await client.makeSnapshot(`${top}/d`, 'no-data');
    await using catalog = await connectWith('test-no-osd', 'mds', 'allow r', 'mon', 'allow r');
    await using source = await catalog.open(`${top}/d`, never);
    const snapshot = (await source.snapshots(never)).find(({ name }) => name === 'no-data');
    if (snapshot === undefined) throw new Error('there must be a snapshot');
    await using tree = await source.openSnapshot(snapshot, never);
    const entry = await entryAt(tree, 'file');
    const denied = { code: 'permission-denied', message: expect.stringContaining('file in /t-') };
    const path = Buffer.from('file');
    await expect(tree.details(path, entry, 100, never)).rejects.toMatchObject(denied);
    await expect(readWhole(tree, path, 7)).rejects.toMatchObject(denied);
  });
});

describe('no snapshot is made', () => {
  it('when the filesystem allows no new ones', async () => {
    await using catalog = await connect();
    await using source = await catalog.open(`${top}/d`, never);
    await ceph('fs', 'set', 'cephfs', 'allow_new_snaps', 'false');
    try {
      await expect(source.createSnapshot('s', never)).rejects.toMatchObject({
        code: 'snapshots-disabled',
        hint: expect.stringContaining('allow_new_snaps true'),
      });
    } finally {
      await ceph('fs', 'set', 'cephfs', 'allow_new_snaps', 'true', '--yes-i-really-mean-it');
    }
  });

  it('when the directory has as many as it may have', async () => {
    await client.mkdir(`${top}/full`);
    await client.makeSnapshot(`${top}/full`, 'first');
    await using catalog = await connect();
    await using source = await catalog.open(`${top}/full`, never);
    await ceph('config', 'set', 'mds', 'mds_max_snaps_per_dir', '1');
    try {
      const attempt = async () => {
        const made = await source.createSnapshot('second', never);
        // The MDS has not heard of its new option yet.
        await source.removeSnapshot(made, never);
        throw new Error('it was made');
      };
      await expect
        .poll(() => attempt().catch((error: unknown) => error), { timeout: 20_000, interval: 200 })
        .toMatchObject({ code: 'snapshots-full', hint: expect.stringContaining('mds_max_snaps') });
    } finally {
      await ceph('config', 'rm', 'mds', 'mds_max_snaps_per_dir');
    }
  });
});

/** Stops a process; the signal takes a moment to reach all of its threads. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const states = async () => {
    const tasks = await readdir(`/proc/${pid}/task`);
    const stats = tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8'));
    // The name before it may contain anything but a closing parenthesis and a blank.
    return (await Promise.all(stats)).map((stat) => stat.slice(stat.lastIndexOf(') ') + 2)[0]);
  };
  await expect.poll(async () => new Set(await states()), { interval: 10 }).toEqual(new Set('T'));
}

describe('an MDS that does not answer', () => {
  it('is told of, holds nobody up who gives up, and all goes on when it is back', async () => {
    const run = join(dirname(cephConf()), 'run');
    const mds = Number(await readFile(join(run, 'mds.a.pid'), 'utf8'));
    const catalog = await connect({ snapshotTimeoutMs: 1000 });
    const source = await catalog.open(`${top}/d`, never);
    const snapshot = await source.createSnapshot('open', never);
    const other = await source.createSnapshot('removed-late', never);
    const tree = await source.openSnapshot(snapshot, never);
    await stop(mds);
    let listing: Promise<unknown>;
    try {
      const stalled = { code: 'snapshot-stalled', hint: expect.stringContaining('ceph fs status') };
      await expect(source.createSnapshot('s', never)).rejects.toMatchObject(stalled);
      await expect(source.removeSnapshot(other, never)).rejects.toMatchObject(stalled);
      const start = performance.now();
      await expect(source.snapshots(AbortSignal.timeout(200))).rejects.toThrow('timeout');
      await expect(tree.top(AbortSignal.abort())).rejects.toThrow('aborted');
      expect(performance.now() - start).toBeLessThan(2000);
      listing = listAll(tree);
    } finally {
      process.kill(mds, 'SIGCONT');
    }
    expect(await listing).toHaveLength(1);
    await tree[Symbol.asyncDispose]();
    await catalog[Symbol.asyncDispose]();
  });
});
