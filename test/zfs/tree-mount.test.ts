import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEntry } from '../../src/core/entry.ts';
import type { TreeTarget } from '../../src/core/tree.ts';
import { VERDICT } from '../../src/core/tree.ts';
import { closeFd, makeNodeAt, OPEN, openEntry, writeFile } from '../../src/native/libc-files.ts';
import { typeBits } from '../../src/native/libc-stat.ts';
import { type MountWay, mountPrivately } from '../../src/target/zfs/tree/mount.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';
import { batchOf } from '../contract/tree-target.ts';
import { SCAN, TREE_IDENTITY, TREE_SOURCE, treeOrder } from '../support/tree-order.ts';
import { mounted, treeCatalogOf } from '../support/tree-side.ts';
import { makeRoot, run } from '../support/zfs-side.ts';

const signal = new AbortController().signal;
const TOP = Buffer.alloc(0);

let root: string;
let destroy: () => PromiseLike<void>;
let filesystems = 0;

beforeAll(async () => {
  const made = await makeRoot();
  root = made.root;
  destroy = () => made[Symbol.asyncDispose]();
});
afterAll(() => destroy());

async function makeTarget(mountWay: MountWay = 'detached'): Promise<TreeTarget> {
  const catalog = treeCatalogOf(root, { filesystem: `mount${++filesystems}`, mountWay });
  return catalog.create(TREE_SOURCE, TREE_IDENTITY, signal);
}

async function property(name: string, dataset: string): Promise<string> {
  return run('zfs', 'get', '-Hp', '-o', 'value', name, dataset);
}

describe.each(['detached', 'directory'] as const)(
  'a filesystem that is being written (%s)',
  (way) => {
    it('is seen by nobody, and is read-only at rest', async () => {
      const target = await makeTarget(way);
      const { dataset } = target;
      expect(await property('readonly', dataset)).toBe('on');
      {
        await using writer = await target.begin(treeOrder('s1'), signal);
        const file = entryOf('f', 'file', { size: 1 });
        await writer.putFile(file.name, file, detailsOf({ data: Buffer.from('x') }), signal);
        expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(dataset);
        expect(await run('cat', '/proc/mounts')).not.toContain(dataset);
        expect(await property('mounted', dataset)).toBe('no');
        expect(await property('readonly', dataset)).toBe('off');
        await writer.commit(SCAN, signal);
      }
      expect(await property('readonly', dataset)).toBe('on');
      expect(await property('written@s1', dataset)).toBe('0');
      // It is really unmounted: another can mount it.
      await mounted(dataset, 'zfsutil', async (directory) => {
        expect(await readdir(directory)).toEqual(['f']);
      });
      if (way === 'directory') expect(await readdir('/run/ceph2zfs/mnt')).toEqual([]);
    });

    it('has no programs and no devices', async () => {
      const { dataset } = await makeTarget(way);
      await run('zfs', 'set', 'readonly=off', dataset);
      const mount = await mountPrivately(dataset, signal, way);
      try {
        const flags = OPEN.readWrite | OPEN.create;
        const fd = openEntry(mount.root, Buffer.from('script'), flags, 0o755);
        writeFile(fd, Buffer.from('#!/bin/sh\necho ran\n'), 0);
        closeFd(fd);
        makeNodeAt(mount.root, Buffer.from('zero'), typeBits('char') | 0o666, 0x105n);
        const place = `/proc/${process.pid}/fd/${mount.root}`;
        await expect(run(`${place}/script`)).rejects.toThrow('EACCES');
        await expect(run('head', '-c', '1', `${place}/zero`)).rejects.toThrow('Permission denied');
      } finally {
        mount.close();
      }
    });

    it('is let go by a process that is killed, and the next run goes on', async () => {
      const { dataset } = await makeTarget(way);
      const whole = entryOf('whole', 'file', { size: 1000 });
      const cutOff = entryOf('cut-off', 'file', { size: 400_000 });
      const hex = [whole, cutOff].map((entry) => encodeEntry(entry).toString('hex'));
      const script = new URL('../support/tree-child.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, root, dataset, way, ...hex], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [told] = (await once(child.stdout, 'data')) as [Buffer];
      expect(told.toString()).toContain('written');
      const busy = mountPrivately(dataset, signal, 'detached', 0);
      await expect(busy).rejects.toMatchObject({ code: 'filesystem-busy' });
      child.kill('SIGKILL');
      await once(child, 'exit');
      const target = treeCatalogOf(root).open(dataset);
      {
        await using writer = await target.begin(treeOrder('s1', { resume: true }), signal);
        const { verdicts } = await writer.compare(TOP, batchOf(whole, cutOff), signal);
        expect([...verdicts]).toEqual([VERDICT.same, VERDICT.changed]);
        await using file = await writer.openFile(cutOff.name, cutOff, signal);
        expect(file.from).toBe(200_000);
      }
      // Nothing holds it any more.
      await run('zfs', 'destroy', dataset);
    });
  },
);

it('a filesystem that somebody mounted is not written, and who it is can be read', async () => {
  const target = await makeTarget();
  await mounted(target.dataset, 'zfsutil,ro', async (directory) => {
    await expect(mountPrivately(target.dataset, signal, 'detached', 0)).rejects.toMatchObject({
      code: 'filesystem-busy',
      message: expect.stringContaining(`at ${directory}`),
      hint: expect.stringContaining('zfs unmount'),
    });
    await expect(mountPrivately(target.dataset, signal, 'directory', 0)).rejects.toMatchObject({
      code: 'filesystem-busy',
    });
  });
  expect(await property('readonly', target.dataset)).toBe('on');
});

it('a filesystem in another namespace of mounts counts as mounted too', async () => {
  const { dataset } = await makeTarget();
  const place = '/tmp/mnt-elsewhere';
  await mkdir(place, { recursive: true });
  // Writable, as ours would be: then the kernel would not mind by itself.
  await run('zfs', 'set', 'readonly=off', dataset);
  const script = 'mount -t zfs -o zfsutil "$1" "$2" && echo mounted && sleep 1000';
  const args = ['-m', 'sh', '-c', script, 'sh', dataset, place];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  try {
    await once(child.stdout, 'data');
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(dataset);
    await expect(mountPrivately(dataset, signal, 'detached', 0)).rejects.toMatchObject({
      code: 'filesystem-busy',
      message: expect.stringContaining('another namespace'),
    });
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await once(child, 'exit');
    await rm(place, { recursive: true });
  }
  // Its end is waited for.
  const mount = await mountPrivately(dataset, signal);
  mount.close();
});

it('what is no filesystem, is not there, or has no key cannot be begun', async () => {
  const open = (dataset: string) =>
    treeCatalogOf(root).open(dataset).begin(treeOrder('s1'), signal);
  await expect(open(`${root}/none`)).rejects.toMatchObject({ code: 'dataset-missing' });
  await run('zfs', 'create', '-s', '-V', '1M', `${root}/volume`);
  await expect(open(`${root}/volume`)).rejects.toMatchObject({ code: 'dataset-kind' });
  await run('zfs', 'create', '-o', 'normalization=formC', `${root}/formC`);
  await expect(open(`${root}/formC`)).rejects.toMatchObject({
    code: 'dataset-kind',
    message: expect.stringContaining('normalization'),
  });
  const secret = `${root}/secret`;
  const encrypted =
    'echo password | zfs create -o encryption=on -o keyformat=passphrase -o canmount=off "$1"';
  await run('bash', '-c', `${encrypted}; zfs unload-key "$1"`, 'bash', secret);
  await expect(open(secret)).rejects.toMatchObject({
    code: 'key-not-loaded',
    hint: expect.stringContaining(`zfs load-key ${secret}`),
  });
});
