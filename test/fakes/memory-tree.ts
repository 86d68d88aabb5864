import type { EntryType } from '../../src/core/entry.ts';
import { hashOf, type PlainEntry, type PlainTree } from '../contract/plain-tree.ts';

/** An inode of a tree in memory. */
export interface MemoryInode {
  readonly ino: bigint;
  readonly type: EntryType;
  mode: number;
  uid: number;
  gid: number;
  mtime: bigint;
  ctime: bigint;
  atime: bigint;
  version: bigint;
  rdev: bigint;
  nlink: number;
  data: Buffer;
  linkTarget: Buffer | null;
  /** By name, as latin1. */
  xattrs: Map<string, Buffer>;
  settings: Record<string, string>;
  /** Of a directory: inodes by name, as latin1. */
  children: Map<string, bigint>;
  /** Of the first name: where its rctime goes. */
  parent: bigint | null;
  rctime: bigint;
}

/** What a tree was at a snapshot, and what the live one is. */
export type Inodes = Map<bigint, MemoryInode>;

const ROOT = 1n;
const SECOND = 1_000_000_000n;

/**
 * A directory tree in memory that behaves as CephFS does where it matters for backups: inode numbers that are
 * never used again, a change counter, an rctime that goes up through the first name only, and clocks that a
 * test may set wrong.
 */
export class MemoryTree {
  inodes: Inodes = new Map();
  #nextIno = 2n;
  #version = 1n;
  /** Nanoseconds since 1970; each change moves it on. */
  now = 1_800_000_000n * SECOND;
  /** What the writing client's clock is off by, in nanoseconds. */
  skew = 0n;
  /** Hold back rctimes: they arrive with {@link settle}. */
  isLate = false;
  readonly #late: bigint[] = [];
  /** Directories in which inodes got further names since the last snapshot. */
  readonly #fresh = new Map<bigint, bigint>();
  /** Inodes without their first name that were listed once since they lost it. */
  readonly #seen = new Set<bigint>();

  constructor() {
    this.inodes.set(ROOT, this.#make('directory', ROOT, null));
  }

  get root(): MemoryInode {
    return this.inode(ROOT);
  }

  inode(ino: bigint): MemoryInode {
    const inode = this.inodes.get(ino);
    if (inode === undefined) throw new Error(`no inode ${ino}`);
    return inode;
  }

  /** The inode at a path like `a/b`; `` is the top. Throws when there is none. */
  at(path: string): MemoryInode {
    const found = lookUp(this.inodes, path);
    if (found === null) throw new Error(`no ${path}`);
    return found;
  }

  has(path: string): boolean {
    return lookUp(this.inodes, path) !== null;
  }

  mkdir(path: string): MemoryInode {
    return this.#add(path, 'directory');
  }

  /** Writes bytes into a file, which is made if need be. */
  write(path: string, offset: number, bytes: Buffer): void {
    const file = this.has(path) ? this.at(path) : this.#add(path, 'file');
    const size = Math.max(file.data.length, offset + bytes.length);
    const data = Buffer.alloc(size);
    file.data.copy(data);
    bytes.copy(data, offset);
    file.data = data;
    this.#touchData(file);
  }

  /**
   * Writes so that nothing but the bytes tells: by another client that counts on from the same number as one that
   * wrote before, while that one's clock is so far ahead that no time moves. Nothing happens when no clock is.
   */
  writeUnseen(path: string, fill: number): void {
    const file = this.at(path);
    const now = this.#clock();
    if (file.ctime < now || file.mtime < now) return;
    file.data = Buffer.alloc(file.data.length, fill);
  }

  truncate(path: string, size: number): void {
    const file = this.at(path);
    const data = Buffer.alloc(size);
    file.data.copy(data);
    file.data = data;
    this.#touchData(file);
  }

  symlink(path: string, target: string): void {
    this.#add(path, 'symlink').linkTarget = Buffer.from(target, 'latin1');
  }

  mknod(path: string, type: 'fifo' | 'socket' | 'char' | 'block', rdev = 0n): void {
    this.#add(path, type).rdev = rdev;
  }

  chmod(path: string, mode: number): void {
    const inode = this.at(path);
    inode.mode = mode;
    this.#touch(inode);
  }

  chown(path: string, uid: number, gid: number): void {
    const inode = this.at(path);
    Object.assign(inode, { uid, gid });
    this.#touch(inode);
  }

  utimes(path: string, mtime: bigint): void {
    const inode = this.at(path);
    inode.mtime = mtime;
    this.#touch(inode);
  }

  setxattr(path: string, name: string, value: Buffer | null): void {
    const inode = this.at(path);
    if (value === null) inode.xattrs.delete(name);
    else inode.xattrs.set(name, value);
    this.#touch(inode);
  }

  link(existing: string, path: string): void {
    const inode = this.at(existing);
    const { parent, name } = this.#parentOf(path);
    parent.children.set(name, inode.ino);
    inode.nlink++;
    this.#fresh.set(inode.ino, parent.ino);
    this.#touch(inode);
    this.#touchDirectory(parent);
  }

  /** A further name of a file whose first name is outside of the tree: no rctime here moves with it. */
  linkFromOutside(path: string, data: Buffer): MemoryInode {
    const inode = this.#add(path, 'file');
    Object.assign(inode, { parent: null, nlink: 2, data });
    return inode;
  }

  /** Writes through a name that is outside of the tree. */
  writeOutside(inode: MemoryInode, data: Buffer): void {
    inode.data = data;
    this.#touchData(inode);
  }

  rename(from: string, to: string): void {
    const inode = this.at(from);
    const source = this.#parentOf(from);
    const target = this.#parentOf(to);
    const replaced = target.parent.children.get(target.name);
    if (replaced === inode.ino) return;
    if (replaced !== undefined) this.unlink(to);
    source.parent.children.delete(source.name);
    target.parent.children.set(target.name, inode.ino);
    inode.parent = target.parent.ino;
    this.#touchDirectory(source.parent);
    this.#touchDirectory(target.parent);
    // The inode itself: only its ctime and its counter.
    this.#touch(inode);
  }

  /** Removes a name; a directory with all beneath it. */
  unlink(path: string): void {
    const inode = this.at(path);
    const { parent, name } = this.#parentOf(path);
    for (const child of inode.children.keys()) this.unlink(`${path}/${child}`);
    parent.children.delete(name);
    inode.nlink--;
    if (inode.parent === parent.ino) this.#takeOver(inode);
    this.#touch(inode);
    if (inode.type === 'directory' || inode.nlink === 0) this.inodes.delete(inode.ino);
    this.#touchDirectory(parent);
  }

  /**
   * The MDS makes a name that it has just made the first one as soon as the first one goes (measured with 16.2: at
   * once). One that it has not at hand it makes that only when it is looked at; and not at the first look, because
   * who relies on that might be wrong.
   */
  #takeOver(inode: MemoryInode): void {
    this.#seen.delete(inode.ino);
    const heir = this.inodes.get(this.#fresh.get(inode.ino) ?? 0n);
    if (heir !== undefined && [...heir.children.values()].includes(inode.ino)) {
      inode.parent = heir.ino;
    }
  }

  /** Somebody lists the directory. */
  look(directory: bigint): void {
    for (const ino of this.inodes.get(directory)?.children.values() ?? []) {
      const inode = this.inodes.get(ino);
      const first = this.inodes.get(inode?.parent ?? 0n);
      if (inode === undefined || [...(first?.children.values() ?? [])].includes(ino)) continue;
      if (inode.parent === null) continue;
      if (this.#seen.has(ino)) inode.parent = directory;
      else this.#seen.add(ino);
    }
  }

  /** Lets the rctimes that were held back arrive. */
  settle(): void {
    this.isLate = false;
    for (const ino of this.#late.splice(0)) {
      const inode = this.inodes.get(ino);
      if (inode !== undefined) this.#spread(inode, inode.ctime);
    }
  }

  /** All paths but the top, parents before their children. */
  paths(): string[] {
    return pathsOf(this.inodes);
  }

  /** Inodes that are made from now on have at least this number. */
  skipInodes(to: bigint): void {
    if (this.#nextIno < to) this.#nextIno = to;
  }

  /** A copy of everything. */
  freeze(): Inodes {
    this.#fresh.clear();
    return copyInodes(this.inodes);
  }

  #add(path: string, type: EntryType): MemoryInode {
    if (this.has(path)) throw new Error(`${path} exists`);
    const { parent, name } = this.#parentOf(path);
    const inode = this.#make(type, this.#nextIno++, parent.ino);
    this.inodes.set(inode.ino, inode);
    parent.children.set(name, inode.ino);
    this.#touchDirectory(parent);
    this.#touch(inode);
    return inode;
  }

  #make(type: EntryType, ino: bigint, parent: bigint | null): MemoryInode {
    const at = this.#clock();
    return {
      ino,
      type,
      mode: type === 'directory' ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      mtime: at,
      ctime: at,
      atime: at,
      version: this.#version++,
      rdev: 0n,
      nlink: 1,
      data: Buffer.alloc(0),
      linkTarget: null,
      xattrs: new Map(),
      settings: {},
      children: new Map(),
      parent,
      rctime: at,
    };
  }

  #clock(): bigint {
    this.now += SECOND / 10n;
    return this.now + this.skew;
  }

  #touch(inode: MemoryInode): void {
    // Times never go back: a client whose clock is slow moves the counter only.
    inode.ctime = later(inode.ctime, this.#clock());
    inode.version = this.#version++;
    if (this.isLate) this.#late.push(inode.ino);
    else this.#spread(inode, inode.ctime);
  }

  #touchData(inode: MemoryInode): void {
    inode.mtime = later(inode.mtime, this.#clock());
    this.#touch(inode);
  }

  #touchDirectory(inode: MemoryInode): void {
    this.#touchData(inode);
  }

  /** Up through the first name only. */
  #spread(inode: MemoryInode, at: bigint): void {
    inode.rctime = later(inode.rctime, at);
    const parent = inode.parent === null ? undefined : this.inodes.get(inode.parent);
    if (parent !== undefined) this.#spread(parent, at);
  }

  #parentOf(path: string): { parent: MemoryInode; name: string } {
    const slash = path.lastIndexOf('/');
    return { parent: this.at(path.slice(0, Math.max(0, slash))), name: path.slice(slash + 1) };
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function lookUp(inodes: Inodes, path: string): MemoryInode | null {
  let inode = inodes.get(ROOT);
  for (const name of path === '' ? [] : path.split('/')) {
    const ino = inode?.children.get(name);
    inode = ino === undefined ? undefined : inodes.get(ino);
  }
  return inode ?? null;
}

export function pathsOf(inodes: Inodes): string[] {
  const paths: string[] = [];
  function walk(inode: MemoryInode, path: string): void {
    for (const [name, ino] of inode.children) {
      const own = path === '' ? name : `${path}/${name}`;
      paths.push(own);
      const child = inodes.get(ino);
      if (child !== undefined) walk(child, own);
    }
  }
  const root = inodes.get(ROOT);
  if (root !== undefined) walk(root, '');
  return paths;
}

export function copyInodes(inodes: Inodes): Inodes {
  return new Map(
    [...inodes].map(([ino, inode]) => [
      ino,
      {
        ...inode,
        data: Buffer.from(inode.data),
        xattrs: new Map(inode.xattrs),
        settings: { ...inode.settings },
        children: new Map(inode.children),
      },
    ]),
  );
}

/** A tree as the contract of targets sees it. */
export function plainTree(inodes: Inodes): PlainTree {
  const names = new Map<bigint, string[]>();
  const entries: Record<string, PlainEntry> = {};
  for (const path of ['', ...pathsOf(inodes)]) {
    const inode = lookUp(inodes, path);
    if (inode === null) continue;
    names.set(inode.ino, [...(names.get(inode.ino) ?? []), path]);
    entries[path] = plainEntry(inode);
  }
  const links = [...names.values()].filter((paths) => paths.length > 1);
  return { entries, links: links.map((paths) => paths.toSorted()).toSorted() };
}

function plainEntry(inode: MemoryInode): PlainEntry {
  const { type, mode, uid, gid, mtime, rdev, data, linkTarget, xattrs } = inode;
  const isSymlink = type === 'symlink';
  return {
    type,
    mode: isSymlink ? 0o777 : mode,
    uid,
    gid,
    mtime,
    size: isSymlink ? (linkTarget?.length ?? 0) : data.length,
    rdev,
    data: type === 'file' ? hashOf(data) : null,
    linkTarget: linkTarget?.toString('latin1') ?? null,
    xattrs: Object.fromEntries(
      [...xattrs].map(([name, value]) => [name, value.toString('base64')]),
    ),
  };
}

/** What two trees are compared by: everything that a backup keeps, and which names share an inode. */
export function describeTree(inodes: Inodes): Record<string, unknown> {
  const first = new Map<bigint, string>();
  const described: Record<string, unknown> = {};
  for (const path of ['', ...pathsOf(inodes).toSorted()]) {
    const inode = lookUp(inodes, path);
    if (inode === null) continue;
    if (!first.has(inode.ino)) first.set(inode.ino, path);
    described[`/${path}`] = {
      type: inode.type,
      mode: inode.mode,
      owner: `${inode.uid}:${inode.gid}`,
      mtime: inode.mtime,
      rdev: inode.rdev,
      data: inode.data.toString('hex'),
      linkTarget: inode.linkTarget?.toString('latin1') ?? null,
      xattrs: [...inode.xattrs]
        .map(([name, value]) => `${name}=${value.toString('hex')}`)
        .toSorted(),
      sameAs: first.get(inode.ino),
    };
  }
  return described;
}
