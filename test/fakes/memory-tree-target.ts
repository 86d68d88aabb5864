import { promisify } from 'node:util';
import {
  type Entry,
  fingerprint,
  joinPath,
  nextEntry,
  readEntry,
  type TreePath,
} from '../../src/core/entry.ts';
import type { Piece } from '../../src/core/extent.ts';
import type { CommitRecord } from '../../src/core/target.ts';
import {
  type Comparison,
  type FileWriter,
  type TargetName,
  type TreeOrder,
  type TreeTarget,
  type TreeWriter,
  VERDICT,
} from '../../src/core/tree.ts';
import {
  type AboutDataset,
  type CommonTargetFault,
  type History,
  MemoryDatasets,
  zfsError,
} from './memory-datasets.ts';
import { copyInodes, type Inodes, lookUp, type MemoryInode, MemoryTree } from './memory-tree.ts';

/** What is on record of an inode. */
interface Record {
  readonly fingerprint: Buffer;
  readonly isComplete: boolean;
  readonly links: boolean;
  readonly doneTo: number;
  /** Of the snapshot that it is a copy of, when it may be believed for that one only. */
  readonly snapshot: string | null;
}

/** Where a fake target of trees can be made to fail. */
export type TreeTargetFault =
  | CommonTargetFault
  | 'compare'
  | 'makeDirectory'
  | 'putFile'
  | 'withdrawn'
  | 'write'
  | 'finish'
  | 'putSpecial'
  | 'setMetadata'
  | 'link'
  | 'move'
  | 'remove';

interface Snapshot {
  readonly name: string;
  readonly inodes: Inodes;
  readonly records: Map<bigint, Record>;
  readonly changes: number;
  readonly record: CommitRecord | null;
}

interface MemoryFilesystemDataset extends AboutDataset {
  tree: MemoryTree;
  records: Map<bigint, Record>;
  /** Counts what was written, as `written` does. */
  changes: number;
  snapshots: Snapshot[];
}

const LIMBO = '.limbo';
const BLOCK = 128 * 1024;
const nextTurn = promisify(setImmediate);

/** A pool in memory whose filesystems hold trees; tests reach into it and make it fail. */
export class MemoryTreePool extends MemoryDatasets<
  MemoryFilesystemDataset,
  TreeTarget,
  TreeTargetFault
> {
  constructor() {
    super('pool/cephfs/fs');
  }

  /** A snapshot as another program would make it. */
  snapshotByOthers(dataset: string, name: string): void {
    const { tree, records, changes, snapshots } = this.dataset(dataset);
    const inodes = tree.freeze();
    snapshots.push({ name, inodes, records: new Map(records), changes, record: null });
  }

  /** Writes a file, as somebody would who goes round this program. */
  scribble(dataset: string, path: string, bytes: Buffer): void {
    const found = this.dataset(dataset);
    found.tree.write(path, 0, bytes);
    found.changes++;
  }

  protected override fresh(about: AboutDataset): MemoryFilesystemDataset {
    return { ...about, tree: new MemoryTree(), records: new Map(), changes: 0, snapshots: [] };
  }

  protected override history({ snapshots: all }: MemoryFilesystemDataset): History {
    const snapshots = all.flatMap(({ name, record }) =>
      record === null ? [] : [{ name, record }],
    );
    return { snapshots, checkpoint: null };
  }

  protected override removeSnapshot(dataset: MemoryFilesystemDataset, name: string): void {
    dataset.snapshots = dataset.snapshots.filter((snapshot) => snapshot.name !== name);
  }

  protected override target(dataset: MemoryFilesystemDataset): TreeTarget {
    return targetOf(this, dataset);
  }
}

function targetOf(pool: MemoryTreePool, dataset: MemoryFilesystemDataset): TreeTarget {
  return {
    ...pool.claiming(dataset),
    begin: async (order, signal) => {
      pool.pass('begin', signal);
      const base = dataset.snapshots.find(({ name }) => name === order.base);
      if (order.base !== null && base === undefined) {
        throw zfsError('target-changed', `${order.base} is gone`);
      }
      if (!order.resume) {
        const isChanged = base !== undefined && base.changes !== dataset.changes;
        if (isChanged && base !== dataset.snapshots.at(-1)) {
          throw zfsError('target-changed', `newer snapshots than ${order.base} exist`);
        }
        rewind(dataset, base);
      }
      const isUntouched = base !== undefined && !order.resume && base.changes === dataset.changes;
      return new MemoryTreeWriter(pool, dataset, order, isUntouched);
    },
  };
}

function rewind(dataset: MemoryFilesystemDataset, base: Snapshot | undefined): void {
  dataset.tree = new MemoryTree();
  dataset.records = new Map(base?.records);
  if (base !== undefined) dataset.tree.inodes = copyInodes(base.inodes);
  // Numbers must not be used again.
  dataset.tree.skipInodes(1_000_000n + BigInt(dataset.changes));
  dataset.changes = base?.changes ?? dataset.changes;
}

class MemoryTreeWriter implements TreeWriter {
  readonly isUntouched: boolean;
  readonly limbo = Buffer.from(LIMBO);
  readonly reserved = [Buffer.from(LIMBO), Buffer.from('.zfs')];
  readonly #pool: MemoryTreePool;
  readonly #dataset: MemoryFilesystemDataset;
  readonly #order: TreeOrder;

  constructor(
    pool: MemoryTreePool,
    dataset: MemoryFilesystemDataset,
    order: TreeOrder,
    isUntouched: boolean,
  ) {
    this.#pool = pool;
    this.#dataset = dataset;
    this.#order = order;
    this.isUntouched = isUntouched;
  }

  get #tree(): MemoryTree {
    return this.#dataset.tree;
  }

  async compare(
    directory: TreePath,
    { count, bytes }: { count: number; bytes: Buffer },
    signal: AbortSignal,
  ): Promise<Comparison> {
    this.#pool.pass('compare', signal);
    const verdicts = new Uint8Array(count);
    const inodes = new BigUint64Array(count);
    const links = new Uint8Array(count);
    for (let index = 0, at = 0; index < count; index++, at = nextEntry(bytes, at)) {
      const entry = readEntry(bytes, at);
      if (entry.name.length > 0) refuseOddNames(entry.name, 1);
      const copy = this.#find(
        entry.name.length === 0 ? directory : joinPath(directory, entry.name),
      );
      const record = copy === null ? undefined : this.#dataset.records.get(copy.ino);
      const verdict = verdictOf(entry, copy, record, this.#order.snapshot.id);
      verdicts[index] = verdict;
      if (verdict === VERDICT.other) inodes[index] = inoOf(record);
      else if (entry.nlink > 1) inodes[index] = copy?.ino ?? 0n;
      const wasLinked =
        verdict === VERDICT.changed && (record?.fingerprint.readUInt32LE(12) ?? 0) > 1;
      links[index] = (verdict !== VERDICT.other && record?.links === true) || wasLinked ? 1 : 0;
    }
    return { verdicts, inodes, links };
  }

  async *list(directory: TreePath, signal: AbortSignal): AsyncGenerator<readonly TargetName[]> {
    const found = this.#names(directory);
    for (let at = 0; at < found.length; at += 2) {
      signal.throwIfAborted();
      yield found.slice(at, at + 2);
    }
  }

  async count(directory: TreePath): Promise<number> {
    return this.#names(directory).length;
  }

  #names(directory: TreePath): TargetName[] {
    const inode = this.#find(directory);
    return [...(inode?.children ?? [])]
      .filter(([name]) => directory.length > 0 || name !== LIMBO)
      .map(([name, ino]) => ({
        name: Buffer.from(name, 'latin1'),
        type: this.#tree.inode(ino).type,
        ino: inoOf(this.#dataset.records.get(ino)),
      }));
  }

  async makeDirectory(path: TreePath, entry: Entry, signal: AbortSignal): Promise<void> {
    this.#pool.pass('makeDirectory', signal);
    if (this.#find(path) === null) this.#tree.mkdir(text(path));
    this.#withdraw(path, entry, 0, this.#dataset.records.get(this.#at(path).ino)?.links);
  }

  async putFile(
    path: TreePath,
    entry: Entry,
    details: Parameters<TreeWriter['putFile']>[2],
    signal: AbortSignal,
  ): Promise<number> {
    this.#pool.pass('putFile', signal);
    if (details.data === null) throw new Error('putFile without data');
    if (!this.#keepsCopy(path, entry)) this.#tree.write(text(path), 0, Buffer.alloc(0));
    this.#withdraw(path, entry);
    const isEqual = this.#at(path).data.equals(details.data);
    this.#tree.write(text(path), 0, details.data.subarray(0, details.data.length / 2));
    // Others get on meanwhile, as they do while a disk writes.
    await nextTurn();
    this.#pool.pass('withdrawn', signal);
    this.#tree.write(text(path), 0, details.data);
    this.#tree.truncate(text(path), details.data.length);
    this.#complete(path, entry, details, false);
    return isEqual ? 0 : details.data.length;
  }

  async openFile(path: TreePath, entry: Entry): Promise<FileWriter> {
    if (!this.#keepsCopy(path, entry)) this.#tree.write(text(path), 0, Buffer.alloc(0));
    const record = this.#dataset.records.get(this.#at(path).ino);
    const isSame =
      record?.isComplete === false &&
      record.fingerprint.equals(fingerprint(entry)) &&
      holdsFor(record, this.#order.snapshot.id);
    const from = isSame ? record.doneTo : 0;
    if (!isSame) this.#withdraw(path, entry);
    let isOpen = true;
    return {
      from,
      write: async (piece, signal) => {
        try {
          this.#pool.pass('write', signal);
          if (!isOpen) throw new Error(`${text(path)} was closed`);
          return this.#writePiece(path, piece);
        } finally {
          if (piece.kind === 'data') piece.lease.release();
        }
      },
      checkpoint: async (offset) => this.#withdraw(path, entry, offset),
      finish: async (details, signal) => {
        this.#pool.pass('finish', signal);
        this.#tree.truncate(text(path), entry.size);
        this.#complete(path, entry, details, false);
      },
      [Symbol.asyncDispose]: async () => {
        isOpen = false;
      },
    };
  }

  /** Block by block, and only those that differ. Tells how many bytes were written. */
  #writePiece(path: TreePath, piece: Piece): number {
    const { offset, length } = piece;
    const bytes =
      piece.kind === 'data' ? piece.lease.buffer.subarray(0, length) : Buffer.alloc(length);
    let written = 0;
    for (let at = 0; at < length; at += BLOCK) {
      const block = bytes.subarray(at, at + BLOCK);
      const there = this.#at(path).data.subarray(offset + at, offset + at + block.length);
      if (there.equals(block)) continue;
      this.#tree.write(text(path), offset + at, block);
      written += block.length;
    }
    this.#dataset.changes++;
    return written;
  }

  async putSpecial(
    path: TreePath,
    entry: Entry,
    details: Parameters<TreeWriter['putSpecial']>[2],
    signal: AbortSignal,
  ): Promise<void> {
    this.#pool.pass('putSpecial', signal);
    const { type } = entry;
    if (!this.#keepsCopy(path, entry)) {
      if (type === 'symlink')
        this.#tree.symlink(text(path), details.linkTarget?.toString('latin1') ?? '');
      else if (type === 'file' || type === 'directory') throw new Error(`${type} is not special`);
      else this.#tree.mknod(text(path), type, entry.rdev);
    }
    this.#withdraw(path, entry);
    this.#complete(path, entry, details, false);
  }

  async setMetadata(
    path: TreePath,
    entry: Entry,
    details: Parameters<TreeWriter['setMetadata']>[2],
    links: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    this.#pool.pass('setMetadata', signal);
    const record = this.#dataset.records.get(this.#at(path).ino);
    const isWhole = record?.isComplete === true && inoOf(record) === entry.ino;
    if (entry.type !== 'directory' && !isWhole) {
      throw zfsError('entry-unwritable', `${text(path)} was not copied whole`);
    }
    this.#complete(path, entry, details, links);
  }

  async link(
    existing: TreePath,
    path: TreePath,
    entry: Entry,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#pool.pass('link', signal);
    const copy = this.#find(existing);
    if (copy === null || inoOf(this.#dataset.records.get(copy.ino)) !== entry.ino) return false;
    const there = this.#find(path);
    if (there === copy) return true;
    if (there !== null) throw zfsError('entry-unwritable', `${text(path)} exists`);
    this.#tree.link(text(existing), text(path));
    this.#dataset.changes++;
    return true;
  }

  async move(from: TreePath, to: TreePath, signal: AbortSignal): Promise<void> {
    this.#pool.pass('move', signal);
    if (this.#find(to) !== null) throw zfsError('zfs-failed', `${text(to)} exists`);
    if (text(to).startsWith(`${LIMBO}/`) && this.#find(this.limbo) === null) {
      this.#tree.mkdir(LIMBO);
    }
    this.#tree.rename(text(from), text(to));
    this.#dataset.changes++;
  }

  async remove(path: TreePath, signal: AbortSignal): Promise<void> {
    this.#pool.pass('remove', signal);
    if (this.#find(path) === null) return;
    this.#tree.unlink(text(path));
    this.#dataset.changes++;
  }

  async commit(
    scan: Parameters<TreeWriter['commit']>[0],
    signal: AbortSignal,
  ): ReturnType<TreeWriter['commit']> {
    this.#pool.pass('commit', signal);
    const { source, identity, snapshot, base, description, size } = this.#order;
    const { name, id } = snapshot;
    const about = { source, identity, snapshot: { name, id }, size, base, description, scan };
    const { changes, records } = this.#dataset;
    const inodes = this.#tree.freeze();
    this.#dataset.snapshots.push({
      name,
      inodes,
      records: new Map(records),
      changes,
      record: about,
    });
    this.#pool.pass('committed', signal);
    return { name, record: about };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Whether there is a copy of the entry's inode already; what is none gives way, but for a directory. */
  #keepsCopy(path: TreePath, entry: Entry): boolean {
    const copy = this.#find(path);
    if (copy === null) return false;
    const record = this.#dataset.records.get(copy.ino);
    if (copy.type === entry.type && inoOf(record) === entry.ino) return true;
    if (copy.type === 'directory')
      throw zfsError('entry-unwritable', `${text(path)} is a directory`);
    this.#tree.unlink(text(path));
    return false;
  }

  #find(path: TreePath): MemoryInode | null {
    refuseOddNames(path, Number.POSITIVE_INFINITY);
    return lookUp(this.#tree.inodes, text(path));
  }

  #at(path: TreePath): MemoryInode {
    return this.#tree.at(text(path));
  }

  /** For its record. */
  #snapshotOf({ ctime }: Entry): string | null {
    return ctime >= this.#order.youngSince ? this.#order.snapshot.id : null;
  }

  #withdraw(path: TreePath, entry: Entry, doneTo = 0, links = false): void {
    const snapshot = this.#snapshotOf(entry);
    const record = { fingerprint: fingerprint(entry), isComplete: false, links, doneTo, snapshot };
    this.#dataset.records.set(this.#at(path).ino, record);
    this.#dataset.changes++;
  }

  #complete(
    path: TreePath,
    entry: Entry,
    details: Parameters<TreeWriter['putFile']>[2],
    links: boolean,
  ): void {
    const copy = this.#at(path);
    const { mode, uid, gid, mtime, atime, rdev } = entry;
    Object.assign(copy, { mode, uid, gid, mtime, atime, rdev, settings: details.settings });
    copy.xattrs = new Map(details.xattrs.map(([name, value]) => [name.toString('latin1'), value]));
    const snapshot = this.#snapshotOf(entry);
    const record = {
      fingerprint: fingerprint(entry),
      isComplete: true,
      links,
      doneTo: 0,
      snapshot,
    };
    this.#dataset.records.set(copy.ino, record);
    this.#dataset.changes++;
  }
}

/** Names that would lead elsewhere, and paths of more than `parts` of them. */
function refuseOddNames(path: Buffer, parts: number): void {
  if (path.length === 0) return;
  const names = text(path).split('/');
  const isOdd = names.some((name) => ['', '.', '..'].includes(name) || name.includes('\0'));
  if (isOdd || names.length > parts) throw zfsError('entry-unwritable', 'a name leads elsewhere');
}

function text(path: TreePath): string {
  return path.toString('latin1');
}

function inoOf(record: Record | undefined): bigint {
  return record === undefined ? 0n : record.fingerprint.readBigUInt64LE(16);
}

function holdsFor(record: Record, snapshot: string): boolean {
  return record.snapshot === null || record.snapshot === snapshot;
}

function verdictOf(
  entry: Entry,
  copy: MemoryInode | null,
  record: Record | undefined,
  snapshot: string,
): number {
  if (copy === null) return VERDICT.absent;
  if (record === undefined || inoOf(record) !== entry.ino) return VERDICT.other;
  if (copy.type !== entry.type) return VERDICT.other;
  const wanted = fingerprint(entry);
  if (!record.isComplete) return VERDICT.changed;
  if (!record.fingerprint.equals(wanted)) return VERDICT.changed;
  return holdsFor(record, snapshot) ? VERDICT.same : VERDICT.young;
}
