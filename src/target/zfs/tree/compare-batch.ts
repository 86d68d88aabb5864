import { nameAt, nextEntry, type TreePath } from '../../../core/entry.ts';
import { VERDICT } from '../../../core/tree.ts';
import { check, errno } from '../../../native/errno.ts';
import { type Stat, statEntry, statFd } from '../../../native/libc-stat.ts';
import { entryPath, getXattr } from '../../../native/libc-xattr.ts';
import type { Directories } from './directories.ts';
import {
  isValidRecord,
  RECORD_BYTES,
  RECORD_XATTR,
  recordIno,
  recordNlink,
  recordState,
  verdictOf,
} from './entry-record.ts';
import { requireName } from './path.ts';

/** See `Comparison` in core/tree.ts. */
export interface ComparedBatch {
  readonly verdicts: Uint8Array;
  readonly inodes: BigUint64Array;
  readonly links: Uint8Array;
}

/** The first byte of a fingerprint that is a directory's; see core/entry.ts. */
const DIRECTORY = 2;
const NLINK = 12;

const ENODATA = errno('ENODATA');
const ERANGE = errno('ERANGE');
const ENOENT = errno('ENOENT');

/** One more byte, to see that a record is longer than one can be. */
const record = Buffer.alloc(RECORD_BYTES + 1);

/** Compares entries of the snapshot of a tag with what is on record of them: one system call for each that has no hard links. */
export function compareBatch(
  directories: Directories,
  directory: TreePath,
  count: number,
  bytes: Buffer,
  tag: Buffer,
): ComparedBatch {
  const { fd } = directories.open(directory);
  const verdicts = new Uint8Array(count);
  const inodes = new BigUint64Array(count);
  const links = new Uint8Array(count);
  for (let index = 0, at = 0; index < count; index++, at = nextEntry(bytes, at)) {
    const name = nameAt(bytes, at);
    // The top has no name, and is compared in itself.
    const isTop = name.length === 0 && directory.length === 0;
    if (!isTop) requireName(name);
    const length = getXattr(isTop ? fd : entryPath(fd, name), RECORD_XATTR, record);
    if (length === -ENOENT) {
      verdicts[index] = VERDICT.absent;
      continue;
    }
    if (length !== -ENODATA && length !== -ERANGE) check('lgetxattr', length);
    const isValid = isValidRecord(record, length);
    let verdict: number = isValid ? verdictOf(record, bytes, at, tag) : VERDICT.other;
    if (verdict !== VERDICT.other && needsStat(bytes, at)) {
      const stat = isTop ? statFd(fd) : statEntry(fd, name);
      if (isNotWhatIsOnRecord(stat, bytes, at)) verdict = VERDICT.other;
      else if (bytes.readUInt32LE(at + NLINK) > 1) inodes[index] = stat?.ino ?? 0n;
      else links[index] = recordState(record).links ? 1 : 0;
    }
    if (verdict === VERDICT.changed && recordNlink(record) > 1) links[index] = 1;
    if (verdict === VERDICT.other) inodes[index] = isValid ? recordIno(record) : 0n;
    verdicts[index] = verdict;
  }
  return { verdicts, inodes, links };
}

/** Directories because we go into them; entries with several hard links because of their inode. */
function needsStat(bytes: Buffer, at: number): boolean {
  return bytes[at] === DIRECTORY || bytes.readUInt32LE(at + NLINK) > 1;
}

/** A symlink, say, to which somebody copied a directory's record. */
function isNotWhatIsOnRecord(stat: Stat | null, bytes: Buffer, at: number): boolean {
  return stat === null || (stat.type === 'directory') !== (bytes[at] === DIRECTORY);
}
