import { randomFillSync } from 'node:crypto';
import { type Entry, type EntryType, encodeEntry, type TreePath } from '../src/core/entry.ts';
import type { TreeOrder, TreeSnapshot, TreeWriter } from '../src/core/tree.ts';
import { VERDICT } from '../src/core/tree.ts';

/** The two ends of a copy that cost nothing, to measure each other end alone. */
const MIB = 1024 * 1024;
const BYTES = randomFillSync(Buffer.alloc(4 * MIB));

function entry(name: string, type: EntryType, size: number, ino: number): Entry {
  return {
    name: Buffer.from(name),
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    nlink: type === 'directory' ? 0 : 1,
    ino: BigInt(ino),
    size,
    mtime: 1_700_000_000_000_000_000n,
    ctime: 1_700_000_000_000_000_000n,
    atime: 1_700_000_000_000_000_000n,
    version: 1n,
    rdev: 0n,
  };
}

function batchOf(entries: readonly Entry[]) {
  return { count: entries.length, bytes: Buffer.concat(entries.map(encodeEntry)) };
}

/** A tree that is made up: so many directories with so many files of so many bytes. */
export function imaginaryTree(directories: number, files: number, size: number): TreeSnapshot {
  const top = Array.from({ length: directories }, (_, index) =>
    entry(`d${index}`, 'directory', 0, index + 2),
  );
  return {
    size: directories * files * size,
    description: {},
    top: async () => entry('', 'directory', 0, 1),
    async *list(directory: TreePath) {
      if (directory.length === 0) return yield batchOf(top);
      const first = (Number(directory.subarray(1).toString()) + 1) * 1_000_000;
      const inside = (_: unknown, index: number) =>
        entry(`file-${index}`, 'file', size, first + index);
      yield batchOf(Array.from({ length: files }, inside));
    },
    changedAt: async () => 0n,
    details: async (_path, { type, size: length }, dataUpTo) => ({
      xattrs: [],
      linkTarget: null,
      settings: {},
      data: type === 'file' && length <= dataUpTo ? BYTES.subarray(0, length) : null,
    }),
    openFile: async () => ({
      read: async (_offset, length, into) => void BYTES.copy(into, 0, 0, length),
      [Symbol.asyncDispose]: async () => undefined,
    }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Takes everything, and keeps nothing. */
export function writerIntoNothing(order: TreeOrder): TreeWriter {
  const nothing = async (): Promise<void> => undefined;
  return {
    isUntouched: true,
    limbo: Buffer.from('.limbo'),
    reserved: [],
    compare: async (directory, { count }) => ({
      verdicts: new Uint8Array(count).fill(
        directory.length === 0 ? VERDICT.absent : VERDICT.changed,
      ),
      inodes: new BigUint64Array(count),
      links: new Uint8Array(count),
    }),
    async *list() {
      yield [];
    },
    count: async () => 0,
    makeDirectory: nothing,
    putFile: async (_path, { size }) => size,
    openFile: async () => ({
      from: 0,
      write: async (piece) => {
        if (piece.kind === 'data') piece.lease.release();
        return piece.length;
      },
      checkpoint: nothing,
      finish: nothing,
      [Symbol.asyncDispose]: nothing,
    }),
    putSpecial: nothing,
    setMetadata: nothing,
    link: async () => true,
    move: nothing,
    remove: nothing,
    commit: async (scan) => {
      const { source, identity, snapshot, size, base, description } = order;
      const record = { source, identity, snapshot, size, base, description, scan };
      return { name: snapshot.name, record };
    },
    [Symbol.asyncDispose]: nothing,
  };
}
