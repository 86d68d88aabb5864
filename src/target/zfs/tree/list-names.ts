import { ENTRY_TYPES, type TreePath } from '../../../core/entry.ts';
import type { TargetName } from '../../../core/tree.ts';
import { check } from '../../../native/errno.ts';
import { nextNames } from '../../../native/libc-dents.ts';
import { closeFd } from '../../../native/libc-files.ts';
import { statEntry, statFd } from '../../../native/libc-stat.ts';
import { entryPath } from '../../../native/libc-xattr.ts';
import { asBuffer, packBlobs, unpackBlobs } from './blobs.ts';
import { readRecord, recordIno } from './entry-record.ts';
import { CONTROL_DIRECTORY, LIMBO } from './names.ts';
import { NO_DIRECTORY, openDirectory } from './path.ts';

/** Names in the top that are not the source's. */
export const RESERVED: readonly Buffer[] = [LIMBO, CONTROL_DIRECTORY];

/** Opens a directory to list it; null when there is none. Not one of those that are kept open: it has a position. */
export function openList(root: number, path: TreePath): number | null {
  const fd = openDirectory(root, path);
  if (NO_DIRECTORY.has(-fd)) return null;
  return check('openat2', fd);
}

/** The next names of an open directory, packed; null at its end. */
export function nextBatch(fd: number, isTop: boolean): Uint8Array<ArrayBuffer> | null {
  const names = nextNames(fd);
  if (names === null) return null;
  const blobs: Buffer[] = [];
  for (const { name, type } of names) {
    if (isTop && RESERVED.some((reserved) => reserved.equals(name))) continue;
    const known = type ?? statEntry(fd, name)?.type;
    // It went away since.
    if (known === undefined) continue;
    const record = readRecord(entryPath(fd, name));
    const head = Buffer.alloc(9);
    head.writeUInt8(ENTRY_TYPES.indexOf(known), 0);
    head.writeBigUInt64LE(record === null ? 0n : recordIno(record), 1);
    blobs.push(head, name);
  }
  return packBlobs(blobs);
}

export function unpackNames(packed: Uint8Array): readonly TargetName[] {
  const blobs = unpackBlobs(asBuffer(packed));
  const names: TargetName[] = [];
  for (let index = 0; index + 1 < blobs.length; index += 2) {
    const [head, name] = [blobs[index], blobs[index + 1]];
    const type = ENTRY_TYPES[head?.readUInt8(0) ?? ENTRY_TYPES.length];
    if (!head || !name || type === undefined) throw new Error('a list came incomplete');
    names.push({ name, type, ino: head.readBigUInt64LE(1) });
  }
  return names;
}

/** `.` and `..`, which ZFS counts as well. */
const DOTS = 2;

/** See `TreeWriter.count`. The size of a directory of ZFS is the number of its names. */
export function countNames(root: number, path: TreePath): number {
  const fd = openList(root, path);
  if (fd === null) return 0;
  try {
    const count = statFd(fd).size - DOTS;
    const own = path.length > 0 || statEntry(fd, LIMBO) === null ? 0 : 1;
    return count - own;
  } finally {
    closeFd(fd);
  }
}
