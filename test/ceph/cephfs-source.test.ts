import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TreeSnapshot, TreeSource } from '../../src/core/tree.ts';
import { selectNames } from '../../src/lib/select.ts';
import { type CephfsCatalog, openCephfsCatalog } from '../../src/source/cephfs/catalog.ts';
import { entriesOf, entryAt, listAll, readWhole } from '../contract/tree-entries.ts';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { inParallel } from '../support/parallel.ts';
import { cephConf } from '../support/rbd-harness.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

let client: CephfsClient;
let catalog: CephfsCatalog;
/** A directory for these tests alone. */
let top: string;

function openCatalog(...select: readonly string[]): Promise<CephfsCatalog> {
  return openCephfsCatalog({ conf: cephConf(), user: 'admin', select }, never);
}

beforeAll(async () => {
  client = await CephfsClient.open();
  top = await freshDirectory(client, 'source');
  catalog = await openCatalog(top);
});

afterAll(async () => {
  await catalog?.[Symbol.asyncDispose]();
  await client?.removeTree(top);
  await client?.close();
});

let count = 0;

async function makeDirectory(): Promise<{ readonly path: string; readonly source: TreeSource }> {
  const path = `${top}/directory-${count++}`;
  await client.mkdir(path);
  return { path, source: await catalog.open(path, never) };
}

async function snapshotOf(source: TreeSource): Promise<TreeSnapshot> {
  return source.openSnapshot(await source.createSnapshot(`s-${count++}`, never), never);
}

async function detailsOf(tree: TreeSnapshot, path: string, dataUpTo = 0) {
  return tree.details(Buffer.from(path), await entryAt(tree, path), dataUpTo, never);
}

describe('a snapshot of files that somebody else has just written', () => {
  it('is listed without waiting for the MDS to ask for each by itself', async () => {
    const { path, source } = await makeDirectory();
    for (let file = 0; file < 60; file++) {
      await client.write(`${path}/file-${file}`, 0, Buffer.alloc(100 + file));
    }
    // The client has nothing more to say of them now, and keeps the right to write.
    await client.sync();
    await using tree = await snapshotOf(source);
    // It would ask for one every five seconds: this test would take five minutes, and not be given them.
    const entries = await listAll(tree);
    const sizes = entries.map(({ size }) => size).toSorted((a, b) => a - b);
    expect(sizes).toEqual(Array.from({ length: 60 }, (_, file) => 100 + file));
  });
});

describe('the list of directories', () => {
  let path: string;
  beforeAll(async () => {
    ({ path } = await makeDirectory());
    for (const name of ['home', 'home/ann', 'home/ann/docs', 'home/bob', 'home/tmp', 'data']) {
      await client.mkdir(`${path}/${name}`);
    }
    await client.write(`${path}/home/file`, 0, Buffer.from('no directory'));
    await client.symlink('ann', `${path}/home/link`);
    await client.symlink('..', `${path}/home/loop`);
    await client.makeSnapshot(`${path}/home`, 'snapshot');
  });

  async function list(...patterns: readonly string[]) {
    const select = patterns.map((text) => text.replace('/', `${path}/`));
    await using here = await openCatalog(...select);
    const names = await here.list(never);
    expect(here.problems).toEqual([]);
    return {
      names: names.map((name) => name.slice(path.length)),
      selected: selectNames(select, names).selected.map((name) => name.slice(path.length)),
    };
  }

  it('has what the patterns reach, and no files and symlinks', async () => {
    expect((await list('/home/*')).names).toEqual(['/home/ann', '/home/bob', '/home/tmp']);
    expect((await list('/*/ann')).names).toEqual(['/home/ann']);
    expect((await list('/home/ann', '/nothing', '/home/file', '/home/link')).names).toEqual([
      '/home/ann',
    ]);
  });

  it('goes down as far as there are directories, into no symlink and no snapshot', async () => {
    expect((await list('/**')).names).toEqual([
      '/data',
      '/home',
      '/home/ann',
      '/home/ann/docs',
      '/home/bob',
      '/home/tmp',
    ]);
    expect((await list('/**/docs')).names).toEqual(['/home/ann/docs']);
    expect((await list('/home/.snap/snapshot')).names).toEqual([]);
  });

  it('is what a selection is made from', async () => {
    expect(await list('/home/*', '!/home/tmp')).toEqual({
      names: ['/home/ann', '/home/bob', '/home/tmp'],
      selected: ['/home/ann', '/home/bob'],
    });
  });

  it('tells of directories that have no name a pattern could match', async () => {
    const odd = Buffer.concat([Buffer.from(`${path}/data/`), Buffer.from([0x66, 0xff])]);
    await client.mkdir(odd);
    await using here = await openCatalog(`${path}/data/*`);
    await expect(here.list(never)).rejects.toMatchObject({ code: 'directory-unsupported' });
    await client.mkdir(`${path}/data/good`);
    expect(await here.list(never)).toEqual([`${path}/data/good`]);
    expect(here.problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining(`${path}/data/f`) }),
    ]);
  });

  it('may have the top of the filesystem, which is a directory like any other', async () => {
    await using here = await openCatalog('/');
    expect(await here.list(never)).toEqual(['/']);
    await using source = await here.open('/', never);
    expect(source.identity).toMatchObject({ kind: 'cephfs', inode: '1' });
    const snapshot = await source.createSnapshot(`top-${process.pid}`, never);
    try {
      await using tree = await source.openSnapshot(snapshot, never);
      expect((await listAll(tree)).map(({ name }) => `/${name.toString()}`)).toContain(top);
      expect(tree.description).toMatchObject({ path: '/' });
    } finally {
      await source.removeSnapshot(snapshot, never);
    }
  });
});

describe('snapshots', () => {
  it('of a directory above are not those of the directory', async () => {
    const { path, source } = await makeDirectory();
    await client.mkdir(`${path}/inner`);
    await client.makeSnapshot(path, 'outer');
    await using inner = await catalog.open(`${path}/inner`, never);
    expect(await inner.snapshots(never)).toEqual([]);
    const own = await inner.createSnapshot('own', never);
    expect(await inner.snapshots(never)).toEqual([own]);
    expect((await source.snapshots(never)).map(({ name }) => name)).toEqual(['outer']);
  });

  it('have what other clients have not yet written out', async () => {
    const { path, source } = await makeDirectory();
    await client.write(`${path}/old`, 0, Buffer.from('before'));
    await client.sync();
    await using fresh = await client.openWriter(`${path}/new`);
    await using old = await client.openWriter(`${path}/old`);
    const bytes = randomBytes(3 * MIB);
    await fresh.write(0, bytes);
    await old.write(0, Buffer.from('BEFORE'));
    await using tree = await snapshotOf(source);
    // What comes later is not in it, though the file is still open.
    await fresh.write(0, Buffer.from('later'));
    await fresh.write(bytes.length, Buffer.from('later'));
    await old.write(0, Buffer.from('later!'));
    const [first, second] = await listAll(tree);
    expect(first).toMatchObject({ name: Buffer.from('new'), size: bytes.length });
    expect(second).toMatchObject({ name: Buffer.from('old'), size: 6 });
    expect((await readWhole(tree, 'new', bytes.length)).equals(bytes)).toBe(true);
    expect((await detailsOf(tree, 'old', 100)).data).toEqual(Buffer.from('BEFORE'));
  });

  it('stay open when their directory is renamed', async () => {
    const { path, source } = await makeDirectory();
    await client.mkdir(`${path}/d`);
    await client.write(`${path}/d/file`, 0, Buffer.from('here'));
    await using tree = await snapshotOf(source);
    await client.rename(path, `${path}-moved`);
    await client.mkdir(path);
    expect(await readWhole(tree, 'd/file', 4)).toEqual(Buffer.from('here'));
    await expect(source.snapshots(never)).rejects.toMatchObject({ code: 'directory-replaced' });
  });

  it('that somebody removes while they are read are missed', async () => {
    const { path, source } = await makeDirectory();
    await client.mkdir(`${path}/d`);
    await client.write(`${path}/d/file`, 0, Buffer.from('here'));
    const snapshot = await source.createSnapshot('removed', never);
    await using tree = await source.openSnapshot(snapshot, never);
    await client.removeSnapshot(path, 'removed');
    const missing = { code: 'snapshot-missing', message: expect.stringContaining('removed') };
    await expect(listAll(tree, 'd')).rejects.toMatchObject(missing);
    await expect(tree.changedAt(Buffer.from('d'), never)).rejects.toMatchObject(missing);
  });
});

describe('entries', () => {
  it('have times to the nanosecond, also of far future; earlier ones than 1970 Ceph cannot keep', async () => {
    const { path, source } = await makeDirectory();
    const future = 4_200_000_000_123_456_789n;
    await client.write(`${path}/future`, 0, Buffer.from('x'));
    await client.utimes(`${path}/future`, { mtime: future, atime: future + 1n });
    await client.write(`${path}/past`, 0, Buffer.from('x'));
    await client.utimes(`${path}/past`, { mtime: -1_500_000_000n });
    await using tree = await snapshotOf(source);
    expect(await entryAt(tree, 'future')).toMatchObject({ mtime: future, atime: future + 1n });
    const { mtime } = await client.stat(`${path}/past`);
    expect(mtime).toBe((2n ** 32n - 2n) * 1_000_000_000n + 500_000_000n);
    expect(await entryAt(tree, 'past')).toMatchObject({ mtime });
  });

  it('may be many in one directory, of which few are in memory', async () => {
    const { path, source } = await makeDirectory();
    const total = 20_000;
    const names = Array.from({ length: total }, (_, index) => `file-${index}`);
    // A client that holds on to what it has made is asked for each of them, which takes time.
    const maker = await CephfsClient.open();
    await inParallel(names, (name) => maker.write(`${path}/${name}`, 0, Buffer.alloc(0)));
    await maker.close();
    await using tree = await snapshotOf(source);
    const found = new Set<string>();
    let batches = 0;
    for await (const batch of tree.list(Buffer.alloc(0), never)) {
      batches++;
      expect(batch.count).toBeLessThanOrEqual(512);
      expect(batch.bytes.length).toBeLessThan(65 * 1024);
      for (const { name } of entriesOf(batch)) found.add(name.toString());
      // Other things can be done in between, however long they take.
      if (batches === 3) expect((await detailsOf(tree, 'file-7')).xattrs).toEqual([]);
    }
    expect(batches).toBeGreaterThan(total / 512);
    expect([...found].sort()).toEqual(names.sort());
  });

  it('are reached on paths that are longer than any system call takes', async () => {
    const { path, source } = await makeDirectory();
    const part = 'd'.repeat(250);
    const parts: string[] = [];
    for (let depth = 0; depth < 20; depth++) {
      parts.push(part);
      await client.mkdir(`${path}/${parts.join('/')}`);
    }
    const deep = parts.join('/');
    await client.write(`${path}/${deep}/file`, 0, Buffer.from('deep'));
    await using tree = await snapshotOf(source);
    expect(await listAll(tree, deep)).toMatchObject([{ name: Buffer.from('file'), size: 4 }]);
    expect(await readWhole(tree, `${deep}/file`, 4)).toEqual(Buffer.from('deep'));
    expect((await detailsOf(tree, `${deep}/file`, 4)).data).toEqual(Buffer.from('deep'));
  });
});

/** A POSIX ACL as it is stored: user 1000 may read. */
const ACL = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000400ffffffff',
  'hex',
);

describe('details', () => {
  it('have attributes of up to 64 KiB, and many of them', async () => {
    const { path, source } = await makeDirectory();
    const file = `${path}/file`;
    await client.write(file, 0, Buffer.from('x'));
    const values = new Map<string, Buffer>();
    for (let index = 0; index < 20; index++) values.set(`user.a-${index}`, randomBytes(index));
    values.set('security.test', randomBytes(10));
    for (const [name, value] of values) await client.setXattr(file, name, value);
    const large = randomBytes(64 * 1024);
    await client.write(`${path}/large`, 0, Buffer.from('x'));
    await client.setXattr(`${path}/large`, 'user.large', large);
    await using tree = await snapshotOf(source);
    const { xattrs } = await detailsOf(tree, 'file');
    expect(xattrs.map(([name]) => name.toString())).toEqual([...values.keys()].sort());
    for (const [name, value] of xattrs) expect(value).toEqual(values.get(name.toString()));
    const [[, value] = []] = (await detailsOf(tree, 'large')).xattrs;
    expect(value?.equals(large)).toBe(true);
  });

  it('have POSIX ACLs as Linux stores them', async () => {
    const { path, source } = await makeDirectory();
    await client.mkdir(`${path}/d`);
    await client.setXattr(`${path}/d`, 'system.posix_acl_access', ACL);
    await client.setXattr(`${path}/d`, 'system.posix_acl_default', ACL);
    await using tree = await snapshotOf(source);
    expect((await detailsOf(tree, 'd')).xattrs).toEqual([
      [Buffer.from('system.posix_acl_access'), ACL],
      [Buffer.from('system.posix_acl_default'), ACL],
    ]);
  });

  it('have the quotas and layouts that are set, as they were at the snapshot', async () => {
    const { path, source } = await makeDirectory();
    const layout = 'stripe_unit=65536 stripe_count=2 object_size=1048576 pool=cephfs_data';
    await client.write(`${path}/plain`, 0, Buffer.from('x'));
    await client.mkdir(`${path}/d`);
    await client.setXattr(`${path}/d`, 'ceph.quota.max_bytes', '1000000');
    await client.setXattr(`${path}/d`, 'ceph.dir.layout', layout);
    await client.write(`${path}/d/file`, 0, Buffer.from('x'));
    await client.setXattr(path, 'ceph.quota.max_files', '77');
    await using tree = await snapshotOf(source);
    await client.setXattr(`${path}/d`, 'ceph.quota.max_bytes', '2000000');
    expect((await detailsOf(tree, 'plain')).settings).toEqual({});
    expect((await detailsOf(tree, 'd')).settings).toEqual({
      'ceph.quota.max_bytes': '1000000',
      'ceph.dir.layout': layout,
    });
    expect((await detailsOf(tree, 'd/file')).settings).toEqual({ 'ceph.file.layout': layout });
    expect(tree.description).toEqual({
      path,
      settings: { 'ceph.quota.max_files': '77' },
      defaultLayout: 'stripe_unit=4194304 stripe_count=1 object_size=4194304 pool=cephfs_data',
    });
  });
});

describe('files', () => {
  it('are read with many requests in flight', async () => {
    const { path, source } = await makeDirectory();
    const bytes = randomBytes(40 * MIB + 12_345);
    await client.write(`${path}/file`, 0, bytes);
    await using tree = await snapshotOf(source);
    const read = await readWhole(tree, 'file', bytes.length, MIB + 1);
    expect(hash(read)).toBe(hash(bytes));
  });

  it('can be closed, with all else, in any order and while they are read', async () => {
    const { path, source: other } = await makeDirectory();
    await client.write(`${path}/file`, 0, randomBytes(8 * MIB));
    const snapshot = await other.createSnapshot('s', never);
    const here = await openCatalog(path);
    const source = await here.open(path, never);
    const tree = await source.openSnapshot(snapshot, never);
    const file = await tree.openFile(Buffer.from('file'), never);
    const controller = new AbortController();
    const reads = [0, 1, 2, 3].map((at) =>
      file.read(at * MIB, MIB, Buffer.alloc(MIB), controller.signal),
    );
    const others = [
      listAll(tree),
      tree.openFile(Buffer.from('file'), controller.signal),
      source.createSnapshot('late', controller.signal),
    ];
    const failures = others.map((work) => work.catch((error: unknown) => error));
    controller.abort(new Error('enough'));
    await Promise.all([here, tree, file].map((open) => open[Symbol.asyncDispose]()));
    await Promise.allSettled([...reads, ...failures]);
    expect(await failures[1]).toMatchObject({ message: 'enough' });
    await expect(file.read(0, 1, Buffer.alloc(1), never)).rejects.toThrow('closed');
  });
});

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
