import { readEntry, type TreePath } from '../../../core/entry.ts';
import { check, errno } from '../../../native/errno.ts';
import { linkAt, makeDirectoryAt, renameAt, renameNoReplace } from '../../../native/libc-files.ts';
import { statEntry } from '../../../native/libc-stat.ts';
import { entryPath } from '../../../native/libc-xattr.ts';
import { type Directories, type OpenDirectory } from './directories.ts';
import { isOfInode, readRecord, recordState, writeRecord } from './entry-record.ts';
import { locate } from './path.ts';

const EEXIST = errno('EEXIST');
const EINVAL = errno('EINVAL');

/** What lost its name and may get another lies here. */
export const LIMBO = Buffer.from('.ceph2zfs.limbo');

/** What ZFS itself has in the top of a filesystem: listed with `snapdir=visible`, and never to be removed. */
export const CONTROL_DIRECTORY = Buffer.from('.zfs');

/** Nobody but root may look into a directory that is not finished. */
const NEW_MODE = 0o700;

/** See `TreeWriter.makeDirectory`. */
export function makeDirectory(directories: Directories, path: TreePath, entry: Buffer): void {
  if (path.length === 0) {
    const record = readRecord(directories.root);
    const links = record !== null && recordState(record).links;
    return writeRecord(directories.root, entry, { links });
  }
  const { directory, name } = locate(path);
  const parent = directories.open(directory);
  const made = makeDirectoryAt(parent.fd, name, NEW_MODE);
  if (made !== -EEXIST) {
    check('mkdirat', made);
    directories.withdraw(parent);
    return writeRecord(entryPath(parent.fd, name), entry, {});
  }
  if (statEntry(parent.fd, name)?.type !== 'directory') check('mkdirat', made);
  const record = readRecord(entryPath(parent.fd, name));
  const links = record !== null && recordState(record).links;
  writeRecord(entryPath(parent.fd, name), entry, { links });
  directories.finished();
}

/** See `TreeWriter.link`. */
export function link(
  directories: Directories,
  existing: TreePath,
  path: TreePath,
  entry: Buffer,
): boolean {
  const from = locate(existing);
  const to = locate(path);
  const old = directories.tryOpen(from.directory);
  if (old === null) return false;
  const stat = statEntry(old.fd, from.name);
  if (stat === null || stat.type !== readEntry(entry, 0).type) return false;
  const record = readRecord(entryPath(old.fd, from.name));
  if (record === null || !isOfInode(record, entry)) return false;
  const parent = directories.open(to.directory);
  directories.withdraw(parent);
  const made = linkAt(old.fd, from.name, parent.fd, to.name);
  if (made === -EEXIST && statEntry(parent.fd, to.name)?.ino === stat.ino) return true;
  check('linkat', made);
  return true;
}

/** See `TreeWriter.move`. */
export function move(directories: Directories, from: TreePath, to: TreePath): void {
  const old = locate(from);
  const next = locate(to);
  const source = directories.open(old.directory);
  const target = openForMove(directories, next.directory);
  const isDirectory = statEntry(source.fd, old.name)?.type === 'directory';
  directories.withdraw(source);
  directories.withdraw(target);
  let moved = renameNoReplace(source.fd, old.name, target.fd, next.name);
  if (moved === -EINVAL) {
    // OpenZFS before 2.2 cannot refuse to replace; nobody else is here who could make the name meanwhile.
    if (statEntry(target.fd, next.name) !== null) moved = -EEXIST;
    else moved = renameAt(source.fd, old.name, target.fd, next.name);
  }
  check('renameat2', moved);
  if (isDirectory) directories.moved();
}

function openForMove(directories: Directories, path: TreePath): OpenDirectory {
  if (path.equals(LIMBO)) {
    const top = directories.open(Buffer.alloc(0));
    const made = makeDirectoryAt(top.fd, LIMBO, NEW_MODE);
    if (made !== -EEXIST) check('mkdirat', made);
    directories.withdraw(top);
  }
  return directories.open(path);
}
