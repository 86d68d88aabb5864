import {
  type Entry,
  type EntryBatch,
  type EntryDetails,
  encodeEntry,
  type TreePath,
} from '../../src/core/entry.ts';
import type { DirectoryIdentity, SourceCatalog } from '../../src/core/source.ts';
import type { DirectorySnapshot, TreeFile, TreeSnapshot, TreeSource } from '../../src/core/tree.ts';
import { printable } from '../../src/lib/printable.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { type Inodes, lookUp, type MemoryInode, MemoryTree } from './memory-tree.ts';

/** Where a fake tree source can be made to fail. `…ed` comes after the deed is done, before it is told. */
export type TreeFaultPoint =
  | 'snapshots'
  | 'createSnapshot'
  | 'createdSnapshot'
  | 'removeSnapshot'
  | 'removedSnapshot'
  | 'openSnapshot'
  | 'list'
  | 'details'
  | 'changedAt'
  | 'read';

/** A snapshot with what the tree was then. */
interface MemorySnapshot extends DirectorySnapshot {
  readonly inodes: Inodes;
}

/** A directory of a filesystem in memory. */
export class MemoryDirectory {
  /** What tells it from one that was made again under its name. */
  readonly inode: bigint;
  readonly tree = new MemoryTree();
  snapshots: MemorySnapshot[] = [];
  readonly #filesystem: MemoryFilesystem;

  constructor(filesystem: MemoryFilesystem, inode: bigint) {
    this.#filesystem = filesystem;
    this.inode = inode;
  }

  snapshot(name: string): MemorySnapshot {
    if (this.snapshots.some((snapshot) => snapshot.name === name)) {
      throw new CephError('snapshot-exists', `snapshot ${name} exists already`);
    }
    const takenAt = Number(this.tree.now / 1_000_000n);
    const id = this.#filesystem.nextSnapshotId();
    const made = { name, id, takenAt, inodes: this.tree.freeze() };
    this.snapshots.push(made);
    return made;
  }

  removeSnapshot(name: string, id: string | null = null): void {
    this.snapshots = this.snapshots.filter(
      (snapshot) => snapshot.name !== name || (id !== null && snapshot.id !== id),
    );
  }
}

/** A filesystem in memory whose directories are backed up; tests reach into it and make it fail. */
export class MemoryFilesystem {
  readonly directories = new Map<string, MemoryDirectory>();
  /** Small, so that directories of few entries come in several batches. */
  batch = 3;
  #nextId = 1;
  #nextInode = 1_000_000n;
  readonly #faults = new Map<TreeFaultPoint, (path: string) => void>();

  /** Sets what happens at a point from now on; null makes it work again. */
  at(point: TreeFaultPoint, fault: ((path: string) => void) | null): void {
    if (fault === null) this.#faults.delete(point);
    else this.#faults.set(point, fault);
  }

  pass(point: TreeFaultPoint, signal: AbortSignal, path = ''): void {
    signal.throwIfAborted();
    this.#faults.get(point)?.(path);
  }

  nextSnapshotId(): string {
    return String(this.#nextId++);
  }

  /** Makes a directory, or makes it again. */
  add(name: string): MemoryDirectory {
    const made = new MemoryDirectory(this, this.#nextInode++);
    this.directories.set(name, made);
    return made;
  }

  directory(name: string): MemoryDirectory {
    const found = this.directories.get(name);
    if (found === undefined) throw new CephError('directory-missing', `no directory ${name}`);
    return found;
  }

  catalog(): SourceCatalog<TreeSource, DirectorySnapshot> {
    return {
      problems: [],
      list: async (signal) => {
        signal.throwIfAborted();
        return [...this.directories.keys()].toSorted();
      },
      open: async (name) => new MemoryTreeSource(this, name),
      groups: async () => [],
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

class MemoryTreeSource implements TreeSource {
  readonly name: string;
  readonly identity: DirectoryIdentity;
  readonly #filesystem: MemoryFilesystem;

  constructor(filesystem: MemoryFilesystem, name: string) {
    this.name = name;
    this.#filesystem = filesystem;
    const inode = String(filesystem.directory(name).inode);
    this.identity = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode };
  }

  get #directory(): MemoryDirectory {
    const directory = this.#filesystem.directory(this.name);
    if (String(directory.inode) === this.identity.inode) return directory;
    throw new CephError('directory-replaced', `${this.name} was removed and made again`);
  }

  async snapshots(signal: AbortSignal): Promise<readonly DirectorySnapshot[]> {
    this.#filesystem.pass('snapshots', signal);
    return this.#directory.snapshots.map(({ name, id, takenAt }) => ({ name, id, takenAt }));
  }

  async createSnapshot(name: string, signal: AbortSignal): Promise<DirectorySnapshot> {
    this.#filesystem.pass('createSnapshot', signal);
    const { id, takenAt } = this.#directory.snapshot(name);
    this.#filesystem.pass('createdSnapshot', signal);
    return { name, id, takenAt };
  }

  async removeSnapshot({ name, id }: DirectorySnapshot, signal: AbortSignal): Promise<boolean> {
    this.#filesystem.pass('removeSnapshot', signal);
    this.#directory.removeSnapshot(name, id);
    this.#filesystem.pass('removedSnapshot', signal);
    return true;
  }

  async removeUnfinished(): Promise<void> {}

  async openSnapshot({ name, id }: DirectorySnapshot, signal: AbortSignal): Promise<TreeSnapshot> {
    this.#filesystem.pass('openSnapshot', signal);
    const directory = this.#directory;
    const found = directory.snapshots.find(
      (snapshot) => snapshot.name === name && snapshot.id === id,
    );
    if (found === undefined) throw new CephError('snapshot-missing', `no snapshot ${name}`);
    return new MemoryTreeSnapshot(this.#filesystem, this.name, directory, found.inodes);
  }

  async size(): Promise<number> {
    return sizeOf(this.#directory.tree.inodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemoryTreeSnapshot implements TreeSnapshot {
  readonly description: Readonly<Record<string, unknown>>;
  readonly size: number;
  readonly #filesystem: MemoryFilesystem;
  readonly #directory: MemoryDirectory;
  readonly #inodes: Inodes;

  constructor(
    filesystem: MemoryFilesystem,
    path: string,
    directory: MemoryDirectory,
    inodes: Inodes,
  ) {
    this.#filesystem = filesystem;
    this.#directory = directory;
    this.description = { path };
    this.#inodes = inodes;
    this.size = sizeOf(inodes);
  }

  async top(signal: AbortSignal): Promise<Entry> {
    signal.throwIfAborted();
    return { ...entryOf('', this.#at(Buffer.alloc(0))), ino: this.#directory.inode };
  }

  async *list(directory: TreePath, signal: AbortSignal): AsyncGenerator<EntryBatch> {
    const frozen = this.#at(directory);
    this.#directory.tree.look(frozen.ino);
    const entries = [...frozen.children].map(([name, ino]) => entryOf(name, this.#inodes.get(ino)));
    for (let at = 0; at < entries.length; at += this.#filesystem.batch) {
      this.#filesystem.pass('list', signal, directory.toString('latin1'));
      const some = entries.slice(at, at + this.#filesystem.batch);
      yield { count: some.length, bytes: Buffer.concat(some.map(encodeEntry)) };
    }
  }

  async changedAt(directory: TreePath, signal: AbortSignal): Promise<bigint> {
    this.#filesystem.pass('changedAt', signal, directory.toString('latin1'));
    const frozen = this.#at(directory);
    // As with CephFS, what a snapshot tells of the rctime is what it is now.
    return this.#directory.tree.inodes.get(frozen.ino)?.rctime ?? frozen.rctime;
  }

  async details(
    path: TreePath,
    _entry: Entry,
    dataUpTo: number,
    signal: AbortSignal,
  ): Promise<EntryDetails> {
    this.#filesystem.pass('details', signal, path.toString('latin1'));
    const { xattrs, linkTarget, settings, data, type } = this.#at(path);
    const isSmall = type === 'file' && data.length <= dataUpTo;
    return {
      xattrs: [...xattrs]
        .filter(([name]) => !name.startsWith('trusted.ceph2zfs'))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => [Buffer.from(name, 'latin1'), value] as const),
      linkTarget,
      settings,
      data: isSmall ? Buffer.from(data) : null,
    };
  }

  async openFile(path: TreePath, signal: AbortSignal): Promise<TreeFile> {
    signal.throwIfAborted();
    const { data } = this.#at(path);
    return {
      read: async (offset, length, into, signal) => {
        this.#filesystem.pass('read', signal, path.toString('latin1'));
        if (offset + length > data.length) {
          throw new CephError('read-failed', `${path.toString('latin1')} ends earlier`);
        }
        data.copy(into, 0, offset, offset + length);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #at(path: TreePath): MemoryInode {
    const found = lookUp(this.#inodes, path.toString('latin1'));
    const name = printable(path.toString('latin1'));
    if (found === null) throw new CephError('entry-missing', `no ${name}`);
    return found;
  }
}

function sizeOf(inodes: Inodes): number {
  return [...inodes.values()].reduce((sum, { data }) => sum + data.length, 0);
}

function entryOf(name: string, inode: MemoryInode | undefined): Entry {
  if (inode === undefined) throw new Error(`${name} leads nowhere`);
  const { type, mode, uid, gid, ino, mtime, ctime, atime, version, rdev, nlink, data } = inode;
  const isDirectory = type === 'directory';
  return {
    name: Buffer.from(name, 'latin1'),
    type,
    mode,
    uid,
    gid,
    ino,
    mtime,
    ctime,
    atime,
    version,
    rdev,
    nlink: isDirectory ? 0 : nlink,
    size: type === 'symlink' ? (inode.linkTarget?.length ?? 0) : data.length,
  };
}
