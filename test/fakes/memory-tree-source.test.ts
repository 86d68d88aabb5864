import { constants } from 'node:fs';
import type { EntryType } from '../../src/core/entry.ts';
import {
  type DirectoryUnderTest,
  describeTreeSource,
  type LivePath,
} from '../contract/tree-source.ts';
import { MemoryFilesystem } from './memory-tree-source.ts';

const SPECIAL: ReadonlyMap<number, 'fifo' | 'socket' | 'char' | 'block'> = new Map([
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
  [constants.S_IFCHR, 'char'],
  [constants.S_IFBLK, 'block'],
] satisfies [number, EntryType][]);

function p(path: LivePath): string {
  return typeof path === 'string' ? Buffer.from(path).toString('latin1') : path.toString('latin1');
}

function directoryUnderTest(filesystem: MemoryFilesystem, name: string): DirectoryUnderTest {
  const directory = () => filesystem.directory(name);
  const tree = () => directory().tree;
  return {
    name,
    mkdir: async (path, mode = 0o755) => {
      tree().mkdir(p(path));
      tree().chmod(p(path), mode);
    },
    write: async (path, offset, bytes) => tree().write(p(path), offset, Buffer.from(bytes)),
    truncate: async (path, size) => tree().truncate(p(path), size),
    rename: async (from, to) => tree().rename(p(from), p(to)),
    link: async (existing, path) => tree().link(p(existing), p(path)),
    unlink: async (path) => tree().unlink(p(path)),
    rmdir: async (path) => tree().unlink(p(path)),
    symlink: async (target, path) => tree().symlink(p(path), p(target)),
    mknod: async (path, mode, rdev = 0n) => {
      tree().mknod(p(path), SPECIAL.get(mode & constants.S_IFMT) ?? 'fifo', rdev);
      tree().chmod(p(path), mode & 0o7777);
    },
    chmod: async (path, mode) => tree().chmod(p(path), mode),
    chown: async (path, uid, gid) => tree().chown(p(path), uid, gid),
    utimes: async (path, { mtime, atime }) => {
      if (mtime !== undefined) tree().utimes(p(path), mtime);
      if (atime !== undefined) tree().at(p(path)).atime = atime;
    },
    setXattr: async (path, attribute, value) =>
      tree().setxattr(p(path), attribute, Buffer.from(value)),
    removeXattr: async (path, attribute) => tree().setxattr(p(path), attribute, null),
    createSnapshot: async (snapshot) => void directory().snapshot(snapshot),
    removeSnapshot: async (snapshot) => directory().removeSnapshot(snapshot),
    recreate: async () => {
      filesystem.add(name).tree.now = nowNs();
    },
  };
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

describeTreeSource('in memory', async () => {
  const filesystem = new MemoryFilesystem();
  filesystem.batch = 256;
  let count = 0;
  return {
    catalog: filesystem.catalog(),
    createDirectory: async () => {
      const name = `/directory-${count++}`;
      filesystem.add(name).tree.now = nowNs();
      return directoryUnderTest(filesystem, name);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
