import { randomFillSync } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, type EntryDetails, joinPath, type TreePath } from '../../src/core/entry.ts';
import { type TreeTarget, type TreeWriter, VERDICT } from '../../src/core/tree.ts';
import { getXattr, setXattr } from '../../src/native/libc-xattr.ts';
import { changed, detailsOf, entryOf, hashOf, plainOf, xattr } from '../contract/plain-tree.ts';
import { batchOf, dataPiece, pathOf } from '../contract/tree-target.ts';
import { SCAN, TREE_IDENTITY, TREE_SOURCE, treeOrder } from '../support/tree-order.ts';
import {
  allocatedBytes,
  changeFromOutside,
  mounted,
  treeCatalogOf,
  treeOf,
} from '../support/tree-side.ts';
import { makeRoot, run } from '../support/zfs-side.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const TOP = Buffer.alloc(0);
const signal = new AbortController().signal;

let root: string;
let destroy: () => PromiseLike<void>;
let filesystems = 0;

beforeAll(async () => {
  const made = await makeRoot();
  root = made.root;
  destroy = () => made[Symbol.asyncDispose]();
});
afterAll(() => destroy());

async function makeTarget(properties: Readonly<Record<string, string>> = {}): Promise<TreeTarget> {
  const catalog = treeCatalogOf(root, { filesystem: `entries${++filesystems}`, properties });
  return catalog.create(TREE_SOURCE, TREE_IDENTITY, signal);
}

async function transfer(
  target: TreeTarget,
  name: string,
  base: string | null,
  work: (writer: TreeWriter) => Promise<unknown>,
): Promise<void> {
  await using writer = await target.begin(treeOrder(name, { base }), signal);
  await work(writer);
  await writer.commit(SCAN, signal);
}

async function put(writer: TreeWriter, path: Buffer, entry: Entry, data: string): Promise<void> {
  const bytes = Buffer.from(data);
  await writer.putFile(path, entry, detailsOf({ data: bytes }), signal);
}

async function makeDirectory(writer: TreeWriter, path: string): Promise<Entry> {
  const entry = entryOf(path.split('/').at(-1) ?? '', 'directory');
  await writer.makeDirectory(pathOf(path), entry, signal);
  return entry;
}

async function verdict(writer: TreeWriter, directory: string, entry: Entry): Promise<number> {
  const compared = await writer.compare(pathOf(directory), batchOf(entry), signal);
  return compared.verdicts[0] ?? -1;
}

async function writeLarge(
  writer: TreeWriter,
  entry: Entry,
  pieces: Parameters<Awaited<ReturnType<TreeWriter['openFile']>>['write']>[0][],
  details: EntryDetails = detailsOf(),
): Promise<number> {
  await using file = await writer.openFile(entry.name, entry, signal);
  let written = 0;
  for (const piece of pieces) written += await file.write(piece, signal);
  await file.finish(details, signal);
  return written;
}

function random(length: number): Buffer {
  return randomFillSync(Buffer.alloc(length));
}

async function written(dataset: string, snapshot: string): Promise<number> {
  return Number(await run('zfs', 'get', '-Hp', '-o', 'value', 'written', `${dataset}@${snapshot}`));
}

describe('room', () => {
  it('is hardly taken by one byte that changes in a large file', async () => {
    const target = await makeTarget();
    const bytes = random(4 * MIB);
    const file = entryOf('f', 'file', { size: 2 * bytes.length });
    const pieces = (first: Buffer) => [dataPiece(0, first), dataPiece(bytes.length, bytes)];
    await transfer(target, 's1', null, (writer) => writeLarge(writer, file, pieces(bytes)));
    const next = Buffer.from(bytes);
    next[3 * MIB + 5] = 1 ^ (next[3 * MIB + 5] ?? 0);
    const file2 = changed(file, { mtime: 1n });
    await transfer(target, 's2', 's1', async (writer) => {
      expect(await writeLarge(writer, file2, pieces(next))).toBe(128 * KIB);
    });
    expect(await written(target.dataset, 's1')).toBeGreaterThan(8 * MIB);
    expect(await written(target.dataset, 's2')).toBeLessThan(400 * KIB);
    const { entries } = await treeOf(target.dataset, 's2');
    expect(entries['f']?.data).toBe(hashOf(Buffer.concat([next, bytes])));
  });

  it('is not taken by holes, nor by data that becomes one', async () => {
    const target = await makeTarget();
    const size = 64 * MIB;
    const file = entryOf('sparse', 'file', { size });
    const bytes = random(4 * MIB);
    await transfer(target, 's1', null, (writer) =>
      writeLarge(writer, file, [
        { kind: 'zero', offset: 0, length: size - bytes.length },
        dataPiece(size - bytes.length, bytes),
      ]),
    );
    expect(await written(target.dataset, 's1')).toBeLessThan(5 * MIB);
    await transfer(target, 's2', 's1', (writer) =>
      writeLarge(writer, changed(file, { mtime: 1n }), [
        { kind: 'zero', offset: 0, length: size - 1000 },
        dataPiece(size - 1000, bytes.subarray(0, 1000)),
      ]),
    );
    await mounted(`${target.dataset}@s2`, 'ro', async (directory) => {
      expect(await allocatedBytes(`${directory}/sparse`)).toBeLessThan(300 * KIB);
      const content = await readFile(`${directory}/sparse`);
      const wanted = Buffer.concat([Buffer.alloc(size - 1000), bytes.subarray(0, 1000)]);
      expect(content.equals(wanted)).toBe(true);
    });
  });

  it('that is used up is told as such, and what was copied stays', async () => {
    const target = await makeTarget({ refquota: '3M' });
    const { dataset } = target;
    await using writer = await target.begin(treeOrder('s1'), signal);
    const small = entryOf('small', 'file', { size: 1 });
    await put(writer, small.name, small, 'x');
    const full = { code: 'pool-full', message: expect.stringContaining(dataset) };
    await expect(
      (async () => {
        for (let index = 0; index < 100; index++) {
          const bytes = random(256 * KIB);
          const file = entryOf(`f${index}`, 'file', { size: bytes.length });
          await writer.putFile(file.name, file, detailsOf({ data: bytes }), signal);
          await run('sync');
        }
      })(),
    ).rejects.toMatchObject(full);
    const large = entryOf('large', 'file', { size: 40 * MIB });
    await expect(
      writeLarge(
        writer,
        large,
        Array.from({ length: 10 }, (_, index) => dataPiece(index * 4 * MIB, random(4 * MIB))),
      ),
    ).rejects.toMatchObject(full);
    expect(await verdict(writer, '', small)).toBe(VERDICT.same);
  });
});

describe('attributes', () => {
  // struct posix_acl_xattr: version 2, then entries of tag, permissions and id.
  function acl(...entries: readonly (readonly [tag: number, perm: number, id?: number])[]): Buffer {
    const bytes = Buffer.alloc(4 + entries.length * 8);
    bytes.writeUInt32LE(2, 0);
    entries.forEach(([tag, perm, id = 0xffff_ffff], index) => {
      bytes.writeUInt16LE(tag, 4 + index * 8);
      bytes.writeUInt16LE(perm, 6 + index * 8);
      bytes.writeUInt32LE(id, 8 + index * 8);
    });
    return bytes;
  }
  const [USER_OBJ, USER, GROUP_OBJ, MASK, OTHER] = [1, 2, 4, 0x10, 0x20];
  const access = acl([USER_OBJ, 7], [USER, 5, 1234], [GROUP_OBJ, 4], [MASK, 5], [OTHER, 0]);

  it('of 64 KiB, for the kernel, for root and as access lists are kept', async () => {
    const target = await makeTarget();
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    const xattrs = [
      xattr('security.capability', capability),
      xattr('system.posix_acl_access', access),
      xattr('trusted.overlay.opaque', 'y'),
      xattr('user.large', random(64 * KIB)),
      xattr('user.middle', random(20 * KIB)),
    ];
    const details = detailsOf({ data: Buffer.from('x'), xattrs });
    const file = entryOf('f', 'file', { size: 1, mode: 0o750 });
    const directory = entryOf('d', 'directory', { mode: 0o2750 });
    const listed = [
      xattr('system.posix_acl_access', access),
      xattr('system.posix_acl_default', access),
      xattr('trusted.t', ''),
    ];
    const inner = entryOf('inner', 'file', { size: 1, mode: 0o644, uid: 5, gid: 6 });
    const sub = entryOf('sub', 'directory', { mode: 0o700 });
    const fifo = entryOf('p', 'fifo', { mode: 0o622 });
    const setDirectory = (writer: TreeWriter) =>
      writer.setMetadata(directory.name, directory, detailsOf({ xattrs: listed }), false, signal);
    await transfer(target, 's1', null, async (writer) => {
      await writer.putFile(file.name, file, details, signal);
      await writer.makeDirectory(directory.name, directory, signal);
      await setDirectory(writer);
      // What is made in it now inherits its list, and must not keep it.
      await put(writer, pathOf('d/inner'), inner, 'x');
      await writer.makeDirectory(pathOf('d/sub'), sub, signal);
      await writer.setMetadata(pathOf('d/sub'), sub, detailsOf(), false, signal);
      await writer.putSpecial(pathOf('d/p'), fifo, detailsOf(), signal);
      await setDirectory(writer);
    });
    const { entries } = await treeOf(target.dataset, 's1');
    expect(entries['f']).toEqual(plainOf(file, details));
    expect(entries['d']).toEqual(plainOf(directory, detailsOf({ xattrs: listed })));
    expect(entries['d/inner']).toEqual(plainOf(inner, detailsOf({ data: Buffer.from('x') })));
    expect(entries['d/sub']).toEqual(plainOf(sub));
    expect(entries['d/p']).toEqual(plainOf(fifo));
    await mounted(`${target.dataset}@s1`, 'ro', async (place) => {
      for (const [path, { atime }] of Object.entries({ f: file, d: directory, 'd/p': fifo })) {
        expect((await lstat(`${place}/${path}`, { bigint: true })).atimeNs).toBe(atime);
      }
    });
  });

  it('that would forge our records are not copied, and settings of Ceph are kept apart', async () => {
    const target = await makeTarget();
    const file = entryOf('f', 'file', { size: 1 });
    const settings = { 'ceph.quota.max_bytes': '100', 'ceph.file.layout': 'ü' };
    const details = detailsOf({
      data: Buffer.from('x'),
      xattrs: [xattr('trusted.ceph2zfs', 'forged'), xattr('trusted.ceph2zfs.settings', 'forged')],
      settings,
    });
    const settingsOf = (name: string) =>
      mounted(`${target.dataset}@${name}`, 'ro', async (directory) => {
        const into = Buffer.alloc(1000);
        const path = Buffer.from(`${directory}/f\0`);
        const length = getXattr(path, Buffer.from('trusted.ceph2zfs.settings'), into);
        return length < 0 ? null : into.toString('utf8', 0, length);
      });
    await transfer(target, 's1', null, async (writer) => {
      await writer.putFile(file.name, file, details, signal);
      expect(await verdict(writer, '', file)).toBe(VERDICT.same);
    });
    expect(JSON.parse((await settingsOf('s1')) ?? '')).toEqual(settings);
    await transfer(target, 's2', 's1', async (writer) => {
      const none = { ...details, settings: {} };
      await writer.putFile(file.name, changed(file), none, signal);
    });
    expect(await settingsOf('s2')).toBeNull();
  });
});

describe('paths', () => {
  it('longer than the kernel takes are written, listed and removed', async () => {
    const target = await makeTarget();
    const name = 'd'.repeat(250);
    await using writer = await target.begin(treeOrder('s1'), signal);
    let path: TreePath = TOP;
    for (let depth = 0; depth < 40; depth++) {
      path = joinPath(path, pathOf(name));
      await writer.makeDirectory(path, entryOf(name, 'directory'), signal);
    }
    expect(path.length).toBeGreaterThan(10_000);
    const file = entryOf('f', 'file', { size: 1 });
    await put(writer, joinPath(path, file.name), file, 'x');
    const { verdicts } = await writer.compare(path, batchOf(file), signal);
    expect([...verdicts]).toEqual([VERDICT.same]);
    expect(await writer.count(path, signal)).toBe(1);
    await writer.remove(pathOf(name), signal);
    expect(await writer.count(TOP, signal)).toBe(0);
  });

  it('with a name that is too long for ZFS are told', async () => {
    const target = await makeTarget();
    await using writer = await target.begin(treeOrder('s1'), signal);
    const name = Buffer.alloc(256, 'n');
    const entry = entryOf(name, 'file', { size: 1 });
    await expect(put(writer, name, entry, 'x')).rejects.toMatchObject({
      code: 'entry-name',
      message: expect.stringContaining('nnnn'),
    });
  });

  it('never lead through a symlink, whoever put it there', async () => {
    const target = await makeTarget();
    const directory = entryOf('d', 'directory');
    const file = entryOf('f', 'file', { size: 1 });
    await transfer(target, 's1', null, async (writer) => {
      await writer.makeDirectory(directory.name, directory, signal);
      await put(writer, pathOf('d/f'), file, 'x');
      await writer.setMetadata(directory.name, directory, detailsOf(), false, signal);
    });
    const outside = '/tmp/outside';
    await rm(outside, { recursive: true, force: true });
    await mkdir(`${outside}/sub`, { recursive: true });
    for (const path of ['f', 'sub/f']) await writeFile(`${outside}/${path}`, 'victim');
    await chmod(outside, 0o700);
    await changeFromOutside(target.dataset, async (top) => {
      const record = Buffer.alloc(80);
      const name = Buffer.from('trusted.ceph2zfs');
      expect(getXattr(Buffer.from(`${top}/d\0`), name, record)).toBe(80);
      await rename(`${top}/d`, `${top}/elsewhere`);
      await symlink(outside, `${top}/d`);
      // It even says of itself that it is the directory.
      setXattr(Buffer.from(`${top}/d\0`), name, record);
    });
    {
      const order = treeOrder('s2', { base: 's1', resume: true });
      await using writer = await target.begin(order, signal);
      const { verdicts, inodes } = await writer.compare(TOP, batchOf(directory), signal);
      expect([verdicts[0], inodes[0]]).toEqual([VERDICT.other, directory.ino]);
      const inside = pathOf('d/f');
      const unwritable = { code: 'entry-unwritable', message: expect.stringContaining('/d/f') };
      const large = entryOf('f', 'file', { size: 1 });
      await expect(put(writer, inside, large, 'y')).rejects.toMatchObject(unwritable);
      await expect(writer.openFile(inside, large, signal)).rejects.toMatchObject(unwritable);
      await expect(
        writer.putSpecial(inside, entryOf('f', 'fifo'), detailsOf(), signal),
      ).rejects.toMatchObject(unwritable);
      await expect(
        writer.setMetadata(inside, file, detailsOf(), false, signal),
      ).rejects.toMatchObject(unwritable);
      await expect(
        writer.makeDirectory(pathOf('d/x'), entryOf('x', 'directory'), signal),
      ).rejects.toMatchObject({ code: 'entry-unwritable' });
      await expect(writer.makeDirectory(pathOf('d'), directory, signal)).rejects.toMatchObject({
        code: 'entry-unwritable',
      });
      await expect(
        writer.setMetadata(pathOf('d'), directory, detailsOf(), false, signal),
      ).rejects.toThrow();
      await expect(writer.move(inside, pathOf('got'), signal)).rejects.toThrow();
      await expect(writer.move(pathOf('elsewhere/f'), pathOf('d/got'), signal)).rejects.toThrow();
      expect(await writer.link(inside, pathOf('got'), file, signal)).toBe(false);
      await expect(writer.compare(pathOf('d'), batchOf(file), signal)).rejects.toThrow();
      expect(await writer.count(pathOf('d'), signal)).toBe(0);
      // Nor where the symlink is not the last part of the way.
      const deeper = pathOf('d/sub/f');
      await expect(put(writer, deeper, large, 'y')).rejects.toMatchObject({
        code: 'entry-unwritable',
        message: expect.stringContaining('ELOOP'),
      });
      expect(await writer.count(pathOf('d/sub'), signal)).toBe(0);
      await writer.remove(deeper, signal);
      await writer.remove(inside, signal);
      await writer.remove(pathOf('d'), signal);
      expect(await writer.count(TOP, signal)).toBe(1);
    }
    expect((await readdir(outside)).sort()).toEqual(['f', 'sub']);
    for (const path of ['f', 'sub/f']) {
      expect(await readFile(`${outside}/${path}`, 'utf8')).toBe('victim');
    }
  });
});

describe('the record of a directory', () => {
  it('is withdrawn as soon as names come to it or go from it, since that changes its times', async () => {
    const target = await makeTarget();
    const directory = entryOf('d', 'directory');
    const linked = entryOf('linked', 'file', { size: 1, nlink: 2 });
    const steps: readonly ((writer: TreeWriter) => Promise<unknown>)[] = [
      (writer) => put(writer, pathOf('d/new'), entryOf('new', 'file', { size: 1 }), 'x'),
      (writer) => makeDirectory(writer, 'd/sub'),
      (writer) => writer.putSpecial(pathOf('d/p'), entryOf('p', 'fifo'), detailsOf(), signal),
      (writer) => writer.link(pathOf('linked'), pathOf('d/link'), linked, signal),
      (writer) => writer.move(pathOf('d/new'), pathOf('out'), signal),
      (writer) => writer.move(pathOf('out'), pathOf('d/new'), signal),
      (writer) => writer.remove(pathOf('d/new'), signal),
    ];
    await using writer = await target.begin(treeOrder('s1'), signal);
    await put(writer, linked.name, linked, 'x');
    await writer.makeDirectory(directory.name, directory, signal);
    for (const step of steps) {
      await writer.setMetadata(directory.name, directory, detailsOf(), true, signal);
      expect(await verdict(writer, '', directory)).toBe(VERDICT.same);
      await step(writer);
      const compared = await writer.compare(TOP, batchOf(directory), signal);
      // The note of hard links outlives that.
      expect([compared.verdicts[0], compared.links[0]]).toEqual([VERDICT.changed, 1]);
    }
    await writer.setMetadata(directory.name, directory, detailsOf(), true, signal);
    const old = entryOf('old', 'file', { size: 1 });
    await put(writer, pathOf('d/old'), old, 'x');
    await writer.setMetadata(directory.name, directory, detailsOf(), true, signal);
    // Neither a change in place nor the removal of nothing is such a thing.
    await put(writer, pathOf('d/old'), changed(old, { mtime: 1n }), 'y');
    await writer.remove(pathOf('d/none'), signal);
    expect(await verdict(writer, '', directory)).toBe(VERDICT.same);
  });
});

describe('large directories', () => {
  const COUNT = 20_000;

  it('are listed, counted and removed in bounded steps', { timeout: 600_000 }, async () => {
    const target = await makeTarget();
    await transfer(target, 's1', null, async (writer) => {
      await makeDirectory(writer, 'd');
    });
    await changeFromOutside(target.dataset, (top) =>
      run('bash', '-c', `cd "$1/d" && seq ${COUNT} | xargs touch`, 'bash', top),
    );
    const order = treeOrder('s2', { base: 's1', resume: true });
    await using writer = await target.begin(order, signal);
    const found = new Set<string>();
    let largest = 0;
    for await (const batch of writer.list(pathOf('d'), signal)) {
      largest = Math.max(largest, batch.length);
      for (const { name } of batch) found.add(name.toString());
    }
    expect(found.size).toBe(COUNT);
    expect(largest).toBeLessThan(2000);
    expect(await writer.count(pathOf('d'), signal)).toBe(COUNT);
    const controller = new AbortController();
    const removal = writer.remove(pathOf('d'), controller.signal);
    controller.abort(new Error('enough'));
    await expect(removal).rejects.toThrow('enough');
    expect(await writer.count(pathOf('d'), signal)).toBeGreaterThan(10_000);
    await writer.remove(pathOf('d'), signal);
    expect(await writer.count(TOP, signal)).toBe(0);
  });

  it('however deep they are, are removed with few open at a time', async () => {
    const target = await makeTarget();
    await using writer = await target.begin(treeOrder('s1'), signal);
    let path: TreePath = TOP;
    for (let depth = 0; depth < 300; depth++) {
      path = joinPath(path, pathOf('d'));
      await writer.makeDirectory(path, entryOf('d', 'directory'), signal);
      if (depth % 50 === 0) {
        const file = joinPath(path, pathOf('f'));
        await put(writer, file, entryOf('f', 'file', { size: 1 }), 'x');
      }
    }
    await writer.remove(pathOf('d'), signal);
    expect(await writer.count(TOP, signal)).toBe(0);
  });
});
