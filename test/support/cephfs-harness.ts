import { openCephfsCatalog } from '../../src/source/cephfs/catalog.ts';
import type { DirectoryUnderTest, LivePath, TreeHarness } from '../contract/tree-source.ts';
import { CephfsClient } from './cephfs-client.ts';
import { cephConf } from './rbd-harness.ts';

/** Directories on the lab's CephFS for the contract of a tree source. */
export async function cephfsHarness(): Promise<TreeHarness> {
  const client = await CephfsClient.open();
  const top = await freshDirectory(client, 'contract');
  const catalog = await openCephfsCatalog(
    { conf: cephConf(), user: 'admin', select: [`${top}/*`] },
    AbortSignal.timeout(60_000),
  );
  let count = 0;
  return {
    catalog,
    async createDirectory() {
      const name = `${top}/directory-${count++}`;
      await client.mkdir(name);
      return directoryUnderTest(client, name);
    },
    async [Symbol.asyncDispose]() {
      await catalog[Symbol.asyncDispose]();
      await client.removeTree(top);
      await client.close();
    },
  };
}

/** Makes a directory of a test's own in the top of the filesystem, without what an earlier try has left. */
export async function freshDirectory(client: CephfsClient, name: string): Promise<string> {
  const path = `/t-${name}`;
  const there = (await client.readdir('/')).map(String);
  if (there.includes(path.slice(1))) await client.removeTree(path);
  await client.mkdir(path);
  return path;
}

/** A directory of the filesystem as a contract test changes it. */
export function directoryUnderTest(client: CephfsClient, name: string): DirectoryUnderTest {
  const at = (path: LivePath) =>
    path.length === 0 ? name : Buffer.concat([Buffer.from(`${name}/`), Buffer.from(path)]);
  return {
    name,
    mkdir: async (path, mode) => {
      await client.mkdir(at(path), mode);
      // The umask has taken something away.
      if (mode !== undefined) await client.chmod(at(path), mode);
    },
    write: (path, offset, bytes, mode) => client.write(at(path), offset, bytes, mode),
    truncate: (path, size) => client.truncate(at(path), size),
    rename: (from, to) => client.rename(at(from), at(to)),
    link: (existing, path) => client.link(at(existing), at(path)),
    unlink: (path) => client.unlink(at(path)),
    rmdir: (path) => client.rmdir(at(path)),
    symlink: (target, path) => client.symlink(target, at(path)),
    mknod: async (path, mode, rdev) => {
      await client.mknod(at(path), mode, rdev);
      await client.chmod(at(path), mode & 0o7777);
    },
    chmod: (path, mode) => client.chmod(at(path), mode),
    chown: (path, uid, gid) => client.chown(at(path), uid, gid),
    utimes: (path, times) => client.utimes(at(path), times),
    setXattr: (path, attribute, value) => client.setXattr(at(path), attribute, value),
    removeXattr: (path, attribute) => client.removeXattr(at(path), attribute),
    createSnapshot: (snapshot) => client.makeSnapshot(name, snapshot),
    removeSnapshot: (snapshot) => client.removeSnapshot(name, snapshot),
    recreate: async () => {
      await client.removeTree(name);
      await client.mkdir(name);
    },
  };
}
