import { CephError } from '../ceph/errors.ts';
import type { DirectoryContext, FilesystemContext } from './context.ts';
import { formatDirectoryName, parseDirectoryName } from './path.ts';
import { translatingCephfs } from './translate.ts';

/** The inode number of the directory at a path. No symlink on the way is followed. */
export async function findDirectory(
  { call, mount }: FilesystemContext,
  name: string,
): Promise<bigint> {
  const parts = parseDirectoryName(name);
  return translatingCephfs({ what: `cannot open directory ${name}` }, async () => {
    let ino = 0n;
    for (let depth = 0; depth <= parts.length; depth++) {
      const path = formatDirectoryName(parts.slice(0, depth));
      const found = await call('findInode', mount.handle, path);
      if (found?.kind !== 'directory') throw notThere(name, path, found?.kind);
      ino = found.ino;
    }
    return ino;
  });
}

function notThere(name: string, path: string, kind: string | undefined): CephError {
  const why =
    kind === undefined
      ? 'does not exist'
      : kind === 'symlink'
        ? 'is a symlink, which is not followed'
        : 'is no directory';
  const where = path === name ? 'it' : path;
  return new CephError('directory-missing', `cannot open directory ${name}: ${where} ${why}`);
}

/** Fails unless the directory at the path is still the one that is meant. */
export async function proveSame({ filesystem, name, identity }: DirectoryContext): Promise<void> {
  const ino = String(await findDirectory(filesystem, name));
  if (ino === identity.inode) return;
  throw new CephError(
    'directory-replaced',
    `directory ${name} is another one than before: it was inode ${identity.inode}, and is inode ${ino}`,
  );
}
