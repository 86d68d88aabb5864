import { readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TreeTarget } from '../../src/core/tree.ts';
import { listBackups } from '../../src/target/zfs/list.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { SCAN, TREE_IDENTITY, treeOrder } from '../support/tree-order.ts';
import { changeFromOutside, mounted, treeCatalogOf } from '../support/tree-side.ts';
import { bash, makeRoot, run } from '../support/zfs-side.ts';

const signal = new AbortController().signal;

let root: string;
let destroy: () => PromiseLike<void>;

beforeAll(async () => {
  const made = await makeRoot(['compression=off', 'normalization=formC']);
  root = made.root;
  destroy = () => made[Symbol.asyncDispose]();
});
afterAll(() => destroy());

async function properties(names: string, dataset: string): Promise<string> {
  const values = await run('zfs', 'get', '-Hp', '-o', 'value', names, dataset);
  return values.replaceAll('\n', ',');
}

async function commitFile(target: TreeTarget, name: string): Promise<void> {
  await using writer = await target.begin(treeOrder('s1', { size: 5 }), signal);
  const file = entryOf(name, 'file', { size: 1 });
  await writer.putFile(file.name, file, detailsOf({ data: Buffer.from('x') }), signal);
  await writer.commit({ ...SCAN, skipped: 2 }, signal);
}

describe('the filesystem of a tree', () => {
  it('is made so that nothing in it can run, and with the properties of the configuration', async () => {
    const configured = { recordsize: '1M', atime: 'on', compression: 'zstd', 'user:note': 'kept' };
    const catalog = treeCatalogOf(root, { filesystem: 'made', properties: configured });
    const { dataset } = await catalog.create('/x', TREE_IDENTITY, signal);
    expect(dataset).toBe(`${root}/cephfs/made/x`);
    const protection = 'readonly,canmount,setuid,exec,devices';
    expect(await properties(protection, dataset)).toBe('on,noauto,off,off,off');
    expect(await properties('xattr,acltype,dnodesize', dataset)).toBe('sa,posix,auto');
    expect(await properties('normalization,utf8only,casesensitivity', dataset)).toBe(
      'none,off,sensitive',
    );
    expect(await properties('recordsize,atime,compression,user:note', dataset)).toBe(
      '1048576,on,zstd,kept',
    );
    const plain = await treeCatalogOf(root, { filesystem: 'plain' }).create(
      '/x',
      TREE_IDENTITY,
      signal,
    );
    expect(await properties('atime,compression,encryption', plain.dataset)).toBe('off,on,off');
  });

  it('may be made of one that only held others, which it goes on to hold', async () => {
    const catalog = treeCatalogOf(root, { filesystem: 'adopt' });
    const below = await catalog.create('/home/a', TREE_IDENTITY, signal);
    await commitFile(below, 'below');
    const parent = `${root}/cephfs/adopt/home`;
    expect(await properties('canmount,mounted', parent)).toBe('off,no');
    // A snapshot of others is in nobody's way.
    await run('zfs', 'snapshot', '-r', `${root}/cephfs/adopt@auto`);
    const fresh = treeCatalogOf(root, { filesystem: 'adopt' });
    expect(await fresh.generations('/home', signal)).toEqual([]);
    expect(await fresh.nextDataset('/home', signal)).toBe(parent);
    const identity = { ...TREE_IDENTITY, inode: '7' };
    const adopted = await fresh.create('/home', identity, signal);
    expect(adopted.dataset).toBe(parent);
    await commitFile(adopted, 'above');
    expect(await properties('canmount,readonly,xattr', parent)).toBe('noauto,on,sa');
    const after = treeCatalogOf(root, { filesystem: 'adopt' });
    const [above] = await after.generations('/home', signal);
    expect(above?.identity).toEqual(identity);
    expect(above?.snapshots.map(({ name }) => name)).toEqual(['s1']);
    const [still] = await after.generations('/home/a', signal);
    expect(still?.identity).toEqual(TREE_IDENTITY);
    expect(await after.nextDataset('/home', signal)).toBe(`${parent}::2`);
    const second = await after.create('/home', { ...identity, inode: '8' }, signal);
    expect(second.dataset).toBe(`${parent}::2`);
  });

  it('is not made of one in which somebody keeps files', async () => {
    const catalog = treeCatalogOf(root, { filesystem: 'kept' });
    await catalog.create('/home/a', TREE_IDENTITY, signal);
    const parent = `${root}/cephfs/kept/home`;
    await changeFromOutside(parent, (directory) => writeFile(`${directory}/thesis`, 'mine'));
    await run('zfs', 'inherit', 'readonly', parent);
    await expect(catalog.create('/home', TREE_IDENTITY, signal)).rejects.toMatchObject({
      code: 'dataset-kind',
      message: expect.stringContaining(parent),
    });
  });

  it('may show its .zfs', async () => {
    await using made = await makeRoot(['snapdir=visible']);
    const catalog = treeCatalogOf(made.root, { filesystem: 'shown' });
    await catalog.create('/home/a', TREE_IDENTITY, signal);
    const identity = { ...TREE_IDENTITY, inode: '7' };
    const { dataset } = await catalog.create('/home', identity, signal);
    expect(dataset).toBe(`${made.root}/cephfs/shown/home`);
    await changeFromOutside(dataset, async (directory) => {
      expect(await readdir(directory)).toContain('.zfs');
      await writeFile(`${directory}/left`, 'by somebody');
    });
    await commitFile(catalog.open(dataset), 'file');
    const names = await mounted(`${dataset}@s1`, 'ro', (directory) => readdir(directory));
    expect(names.filter((name) => name !== '.zfs')).toEqual(['file']);
  });

  it("is not another one's that was made by hand", async () => {
    const parent = `${root}/cephfs/hand`;
    await run('zfs', 'create', '-p', '-o', 'canmount=off', parent);
    const catalog = treeCatalogOf(root, { filesystem: 'hand' });
    const [found] = await catalog.generations('/', signal);
    expect(found).toMatchObject({ dataset: parent, identity: null });
    expect(await catalog.nextDataset('/', signal)).toBe(`${parent}::2`);
  });

  it('goes on after it came through send and receive', async () => {
    const catalog = treeCatalogOf(root, { filesystem: 'sent' });
    const target = await catalog.create('/x', TREE_IDENTITY, signal);
    await commitFile(target, 'file');
    await run('zfs', 'create', '-p', '-o', 'canmount=off', `${root}/copy/cephfs/sent`);
    const copy = `${root}/copy/cephfs/sent/x`;
    await bash('zfs send -p "$1@s1" | zfs receive -u "$2"', target.dataset, copy);
    const received = treeCatalogOf(`${root}/copy`, { filesystem: 'sent' });
    const [state] = await received.generations('/x', signal);
    expect(state?.identity).toEqual(TREE_IDENTITY);
    expect(state?.snapshots[0]?.record.scan).toEqual({ ...SCAN, skipped: 2 });
    await using writer = await received.open(copy).begin(treeOrder('s2', { base: 's1' }), signal);
    expect(writer.isUntouched).toBe(true);
  });

  it('is listed by its path, beside volumes, with what is partial', async () => {
    const [listed] = (await listBackups(root, signal)).filter(({ dataset }) =>
      dataset.endsWith('/sent/x'),
    );
    expect(listed).toMatchObject({
      kind: 'cephfs',
      filesystem: 'sent',
      source: '/x',
      snapshots: [{ name: 's1', sourceSize: 5, skipped: 2, base: null }],
    });
  });
});
