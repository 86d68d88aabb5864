/**
 * Names of a directory tree with their metadata, and how they travel. Names and paths are bytes:
 * neither CephFS nor ZFS asks for UTF-8. Inode numbers and times in nanoseconds do not fit a
 * JavaScript number, so they are bigint.
 */

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block';

/** A path relative to the top of the tree, without a leading or trailing slash; empty for the top itself. */
export type TreePath = Buffer;

/** A name in a directory, with what one `stat` tells. */
export interface Entry {
  /** One component of a path; empty for the top of the tree. */
  readonly name: Buffer;
  readonly type: EntryType;
  /** Permissions with setuid, setgid and sticky bits, without the type: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Number of hard links; 0 for a directory, of which that number says nothing. */
  readonly nlink: number;
  readonly ino: bigint;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Nanoseconds since 1970, as are the other times. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly atime: bigint;
  /** The source's change counter (`stx_version`): moves with every change, whatever the clocks say. */
  readonly version: bigint;
  /** Of a device: its number, as `makedev` makes it; else 0. */
  readonly rdev: bigint;
}

/** An attribute: the whole name, such as `user.note`, and the value, both bytes. */
export type Xattr = readonly [name: Buffer, value: Buffer];

/** What of an entry takes further calls to find out. */
export interface EntryDetails {
  /** Sorted by name; POSIX ACLs as `system.posix_acl_access` and `system.posix_acl_default`. */
  readonly xattrs: readonly Xattr[];
  /** Of a symlink: where it leads. */
  readonly linkTarget: Buffer | null;
  /**
   * Settings that the target has no use for, and a restore does: quotas and layouts, by the name of
   * Ceph's virtual attribute, such as `ceph.quota.max_bytes`.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** All bytes of a file that is no larger than was asked for; else null. */
  readonly data: Buffer | null;
}

/** An entry in a batch begins with its fingerprint: all that is compared with what was copied before. */
export const FINGERPRINT_BYTES = 64;

const ATIME = 64;
const NAME_LENGTH = 72;
const NAME = 74;

/** By the number that each has in a batch, less one. */
export const ENTRY_TYPES: readonly EntryType[] = [
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'char',
  'block',
];

/**
 * Entries one after the other, as they travel between threads and machines. Each has 64 bytes of
 * fingerprint (type u8, 0 u8, mode u16, uid u32, gid u32, nlink u32, ino u64, size u64, mtime i64,
 * ctime i64, version u64, rdev u64), then atime i64, length of the name u16, and the name; all
 * numbers are little-endian.
 */
export interface EntryBatch {
  readonly count: number;
  readonly bytes: Buffer;
}

/** Bytes that an entry takes in a batch. */
export function entryBytes(name: Uint8Array): number {
  return NAME + name.length;
}

/** Writes an entry at an offset of a batch's buffer; tells where it ends. */
export function writeEntry(into: Buffer, at: number, entry: Entry): number {
  into.writeUInt8(ENTRY_TYPES.indexOf(entry.type) + 1, at);
  into.writeUInt8(0, at + 1);
  into.writeUInt16LE(entry.mode, at + 2);
  into.writeUInt32LE(entry.uid, at + 4);
  into.writeUInt32LE(entry.gid, at + 8);
  into.writeUInt32LE(entry.nlink, at + 12);
  into.writeBigUInt64LE(entry.ino, at + 16);
  into.writeBigUInt64LE(BigInt(entry.size), at + 24);
  into.writeBigInt64LE(entry.mtime, at + 32);
  into.writeBigInt64LE(entry.ctime, at + 40);
  into.writeBigUInt64LE(entry.version, at + 48);
  into.writeBigUInt64LE(entry.rdev, at + 56);
  into.writeBigInt64LE(entry.atime, at + ATIME);
  into.writeUInt16LE(entry.name.length, at + NAME_LENGTH);
  entry.name.copy(into, at + NAME);
  return at + entryBytes(entry.name);
}

/** The entry at an offset of a batch. Its name is a copy. */
export function readEntry(from: Buffer, at: number): Entry {
  const type = ENTRY_TYPES[from.readUInt8(at) - 1];
  if (type === undefined) throw new RangeError(`no type of entry has the number ${from[at]}`);
  return {
    type,
    mode: from.readUInt16LE(at + 2),
    uid: from.readUInt32LE(at + 4),
    gid: from.readUInt32LE(at + 8),
    nlink: from.readUInt32LE(at + 12),
    ino: from.readBigUInt64LE(at + 16),
    size: Number(from.readBigUInt64LE(at + 24)),
    mtime: from.readBigInt64LE(at + 32),
    ctime: from.readBigInt64LE(at + 40),
    version: from.readBigUInt64LE(at + 48),
    rdev: from.readBigUInt64LE(at + 56),
    atime: from.readBigInt64LE(at + ATIME),
    name: Buffer.from(nameAt(from, at)),
  };
}

/** The name of the entry at an offset of a batch, without copying it. */
export function nameAt(from: Buffer, at: number): Buffer {
  const length = from.readUInt16LE(at + NAME_LENGTH);
  return from.subarray(at + NAME, at + NAME + length);
}

/** Where the next entry of a batch begins. */
export function nextEntry(from: Buffer, at: number): number {
  return at + NAME + from.readUInt16LE(at + NAME_LENGTH);
}

/** An entry by itself: what {@link readEntry} reads at 0. */
export function encodeEntry(entry: Entry): Buffer {
  const bytes = Buffer.alloc(entryBytes(entry.name));
  writeEntry(bytes, 0, entry);
  return bytes;
}

/** What is compared of an entry, as bytes. */
export function fingerprint(entry: Entry): Buffer {
  return encodeEntry(entry).subarray(0, FINGERPRINT_BYTES);
}

const SLASH = Buffer.from('/');

/** The path of a name in a directory. */
export function joinPath(directory: TreePath, name: Buffer): TreePath {
  return directory.length === 0 ? name : Buffer.concat([directory, SLASH, name]);
}
