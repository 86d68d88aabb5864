import { createHash, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import type { EntryType } from '../../src/core/entry.ts';
import { MAX_PIECE_BYTES } from '../../src/core/extent.ts';
import { createBufferPool } from '../../src/lib/buffer-pool.ts';
import { getXattr, listXattrs, MAX_XATTR_BYTES } from '../../src/native/libc-xattr.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import { createTreeCatalog, type TreeCatalogOptions } from '../../src/target/zfs/tree/catalog.ts';
import type { PlainEntry, PlainTree } from '../contract/plain-tree.ts';
import { run } from './zfs-side.ts';

/** For tests of trees that run on the ZFS side itself. */
export function treeCatalogOf(root: string, changes: Partial<TreeCatalogOptions> = {}) {
  return createTreeCatalog({
    root,
    filesystem: 'cephfs',
    properties: {},
    pool: createBufferPool({ count: 4, bytes: MAX_PIECE_BYTES, allocate: allocateAligned }),
    threads: 2,
    lockDir: '/tmp/ceph2zfs-test-locks',
    ...changes,
  });
}

/** Calls back with a directory where a filesystem or snapshot is mounted, for everyone to see. */
export async function mounted<Result>(
  name: string,
  options: string,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = `/tmp/mnt-${randomUUID()}`;
  await mkdir(directory);
  await run('mount', '-t', 'zfs', '-o', options, name, directory);
  try {
    return await use(directory);
  } finally {
    await run('umount', directory);
    await rmdir(directory);
  }
}

/** Changes a filesystem at rest, as somebody would who goes round this program. */
export async function changeFromOutside(
  dataset: string,
  change: (directory: string) => Promise<unknown>,
): Promise<void> {
  await run('zfs', 'set', 'readonly=off', dataset);
  await mounted(dataset, 'zfsutil', change);
  await run('zfs', 'set', 'readonly=on', dataset);
}

export async function scribbleFile(dataset: string, path: string, bytes: Buffer): Promise<void> {
  await changeFromOutside(dataset, (directory) => writeFile(`${directory}/${path}`, bytes));
}

/** A snapshot's whole tree as plain data. */
export async function treeOf(dataset: string, snapshot: string): Promise<PlainTree> {
  return mounted(`${dataset}@${snapshot}`, 'ro', readTree);
}

export async function readTree(directory: string): Promise<PlainTree> {
  const entries: Record<string, PlainEntry> = {};
  const names = new Map<bigint, string[]>();
  await walk(Buffer.from(directory), '', entries, names);
  const links = [...names.values()].filter((paths) => paths.length > 1).map((all) => all.sort());
  return { entries, links: links.sort() };
}

async function walk(
  place: Buffer,
  path: string,
  entries: Record<string, PlainEntry>,
  names: Map<bigint, string[]>,
): Promise<void> {
  const found = await lstat(place, { bigint: true });
  const isFile = found.isFile();
  const xattrs: Record<string, string> = {};
  const cPath = Buffer.concat([place, Buffer.from([0])]);
  for (const name of listXattrs(cPath)) {
    if (name.toString().startsWith('trusted.ceph2zfs')) continue;
    const value = Buffer.alloc(MAX_XATTR_BYTES);
    const length = getXattr(cPath, name, value);
    xattrs[name.toString('latin1')] = value.subarray(0, length).toString('base64');
  }
  entries[path] = {
    type: typeOf(found),
    mode: Number(found.mode) & 0o7777,
    uid: Number(found.uid),
    gid: Number(found.gid),
    mtime: found.mtimeNs,
    size: found.isDirectory() ? 0 : Number(found.size),
    rdev: found.rdev,
    data: isFile
      ? createHash('sha256')
          .update(await readFile(place))
          .digest('hex')
      : null,
    linkTarget: found.isSymbolicLink()
      ? (await readlink(place, { encoding: 'buffer' })).toString('latin1')
      : null,
    xattrs,
  };
  if (!found.isDirectory()) {
    names.set(found.ino, [...(names.get(found.ino) ?? []), path]);
    return;
  }
  for (const name of await readdir(place, { encoding: 'buffer' })) {
    if (path === '' && name.equals(Buffer.from('.zfs'))) continue;
    const own = Buffer.concat([place, Buffer.from('/'), name]);
    const text = name.toString('latin1');
    await walk(own, path === '' ? text : `${path}/${text}`, entries, names);
  }
}

function typeOf(found: BigIntStats): EntryType {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'symlink';
  if (found.isFIFO()) return 'fifo';
  if (found.isSocket()) return 'socket';
  return found.isBlockDevice() ? 'block' : 'char';
}

/** Bytes of the file that take room, and those that do not. */
export async function allocatedBytes(path: string): Promise<number> {
  const handle = await open(path);
  try {
    return (await handle.stat()).blocks * 512;
  } finally {
    await handle.close();
  }
}
