import { check, ErrnoError, errno } from './errno.ts';
import { lazy } from './lazy.ts';
import { CStringSlot, outcome } from './libc-call.ts';
import { libc } from './load.ts';

/** Flags of `open`, and those that Node has no names for. */
export const OPEN = {
  read: 0,
  readWrite: 2,
  create: 0o100,
  exclusive: 0o200,
  nonBlocking: 0o4000,
  directory: 0o200000,
  noFollow: 0o400000,
  closeOnExec: 0o2000000,
  pathOnly: 0o10000000,
} as const;

const SYS_OPENAT2 = 437;
const RESOLVE_NO_XDEV = 1;
const RESOLVE_NO_MAGICLINKS = 2;
const RESOLVE_NO_SYMLINKS = 4;
const RESOLVE_BENEATH = 8;
const STAY_BENEATH =
  RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const RENAME_NOREPLACE = 1;
const FALLOC_KEEP_SIZE = 1;
const FALLOC_PUNCH_HOLE = 2;
const PATH_BYTES = 4096;

const functions = lazy(() => {
  const library = libc();
  return {
    // Declared without "...": the calling conventions of Linux pass further arguments the same way.
    openat2: library.func(
      'long syscall(long number, int dirfd, const void *path, const void *how, size_t size)',
    ),
    openat: library.func('int openat(int dirfd, const void *path, int flags, unsigned int mode)'),
    close: library.func('int close(int fd)'),
    mkdirat: library.func('int mkdirat(int dirfd, const void *path, unsigned int mode)'),
    mknodat: library.func(
      'int mknodat(int dirfd, const void *path, unsigned int mode, uint64_t device)',
    ),
    symlinkat: library.func('int symlinkat(const void *target, int dirfd, const void *path)'),
    readlinkat: library.func(
      'long readlinkat(int dirfd, const void *path, void *into, size_t size)',
    ),
    linkat: library.func(
      'int linkat(int from, const void *old, int to, const void *path, int flags)',
    ),
    unlinkat: library.func('int unlinkat(int dirfd, const void *path, int flags)'),
    renameat2: library.func(
      'int renameat2(int from, const void *old, int to, const void *path, unsigned int flags)',
    ),
    fchown: library.func('int fchown(int fd, unsigned int uid, unsigned int gid)'),
    fchownat: library.func(
      'int fchownat(int dirfd, const void *path, unsigned int uid, unsigned int gid, int flags)',
    ),
    fchmod: library.func('int fchmod(int fd, unsigned int mode)'),
    fchmodat: library.func(
      'int fchmodat(int dirfd, const void *path, unsigned int mode, int flags)',
    ),
    futimens: library.func('int futimens(int fd, const void *times)'),
    utimensat: library.func(
      'int utimensat(int dirfd, const void *path, const void *times, int flags)',
    ),
    ftruncate: library.func('int ftruncate(int fd, int64_t length)'),
    fallocate: library.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
    pread: library.func('long pread(int fd, void *into, size_t length, int64_t offset)'),
    pwrite: library.func('long pwrite(int fd, const void *bytes, size_t length, int64_t offset)'),
    getdents64: library.func('long getdents64(int fd, void *into, size_t size)'),
    syncfs: library.func('int syncfs(int fd)'),
  };
});

const first = new CStringSlot();
const second = new CStringSlot();
/** struct open_how: flags, mode, resolve; each u64. */
const how = Buffer.alloc(24);

/**
 * Opens a path beneath an open directory. Neither `..` nor a symlink nor another filesystem's mount is
 * followed on the way, nor at its end. A descriptor, or `-errno`.
 */
export function openBeneath(root: number, path: Buffer, flags: number): number {
  how.writeBigUInt64LE(BigInt(flags | OPEN.closeOnExec | OPEN.noFollow), 0);
  how.writeBigUInt64LE(BigInt(STAY_BENEATH), 16);
  return outcome(functions().openat2(SYS_OPENAT2, root, first.of(path), how, how.length) as number);
}

/** Opens a name in a directory, itself no symlink. A descriptor, or `-errno`. */
export function openEntry(directory: number, name: Buffer, flags: number, mode = 0): number {
  const all = flags | OPEN.closeOnExec | OPEN.noFollow;
  return outcome(functions().openat(directory, first.of(name), all, mode) as number);
}

/** Opens a path of this machine; its last part must be no symlink. A descriptor, or `-errno`. */
export function openPath(path: string, flags: number): number {
  return openEntry(AT_FDCWD, Buffer.from(path), flags);
}

/** Not Node's own: that one minds who opened it, and in which thread. */
export function closeFd(fd: number): void {
  functions().close(fd);
}

/** Zero, or `-errno`. */
export function makeDirectoryAt(directory: number, name: Buffer, mode: number): number {
  return outcome(functions().mkdirat(directory, first.of(name), mode) as number);
}

/** Makes a FIFO, socket or device; the mode has its type. */
export function makeNodeAt(directory: number, name: Buffer, mode: number, device: bigint): void {
  check('mknodat', outcome(functions().mknodat(directory, first.of(name), mode, device) as number));
}

export function makeSymlinkAt(target: Buffer, directory: number, name: Buffer): void {
  const result = functions().symlinkat(first.of(target), directory, second.of(name)) as number;
  check('symlinkat', outcome(result));
}

export function readLinkAt(directory: number, name: Buffer): Buffer {
  const into = Buffer.alloc(PATH_BYTES);
  const result = functions().readlinkat(directory, first.of(name), into, into.length) as number;
  return into.subarray(0, check('readlinkat', outcome(result)));
}

/** Zero, or `-errno`. */
export function linkAt(from: number, old: Buffer, to: number, name: Buffer): number {
  return outcome(functions().linkat(from, first.of(old), to, second.of(name), 0) as number);
}

/** Zero, or `-errno`. */
export function unlinkAt(directory: number, name: Buffer): number {
  return outcome(functions().unlinkat(directory, first.of(name), 0) as number);
}

/** Removes an empty directory. Zero, or `-errno`. */
export function removeDirectoryAt(directory: number, name: Buffer): number {
  return outcome(functions().unlinkat(directory, first.of(name), AT_REMOVEDIR) as number);
}

/** Renames; fails when the new name exists. Zero, or `-errno`: -EINVAL where the filesystem cannot do this. */
export function renameNoReplace(from: number, old: Buffer, to: number, name: Buffer): number {
  return rename(from, old, to, name, RENAME_NOREPLACE);
}

/** Renames over what may be there. Zero, or `-errno`. */
export function renameAt(from: number, old: Buffer, to: number, name: Buffer): number {
  return rename(from, old, to, name, 0);
}

function rename(from: number, old: Buffer, to: number, name: Buffer, flags: number): number {
  const { renameat2 } = functions();
  return outcome(renameat2(from, first.of(old), to, second.of(name), flags) as number);
}

export function chownFd(fd: number, uid: number, gid: number): void {
  check('fchown', outcome(functions().fchown(fd, uid, gid) as number));
}

export function chownAt(directory: number, name: Buffer, uid: number, gid: number): void {
  const { fchownat } = functions();
  const result = fchownat(directory, first.of(name), uid, gid, AT_SYMLINK_NOFOLLOW) as number;
  check('fchownat', outcome(result));
}

export function chmodFd(fd: number, mode: number): void {
  check('fchmod', outcome(functions().fchmod(fd, mode) as number));
}

/** Of anything but a symlink, which has no mode. */
export function chmodAt(directory: number, name: Buffer, mode: number): void {
  const { fchmodat } = functions();
  const result = fchmodat(directory, first.of(name), mode, AT_SYMLINK_NOFOLLOW) as number;
  check('fchmodat', outcome(result));
}

/** Two of struct timespec: when it was read, and when it was changed. */
const times = Buffer.alloc(32);
const SECOND = 1_000_000_000n;

function setTimes(atime: bigint, mtime: bigint): Buffer {
  for (const [index, time] of [atime, mtime].entries()) {
    // Before 1970 too, the nanoseconds count forward.
    const nanoseconds = ((time % SECOND) + SECOND) % SECOND;
    times.writeBigInt64LE((time - nanoseconds) / SECOND, index * 16);
    times.writeBigInt64LE(nanoseconds, index * 16 + 8);
  }
  return times;
}

/** Times in nanoseconds since 1970. */
export function setTimesFd(fd: number, atime: bigint, mtime: bigint): void {
  check('futimens', outcome(functions().futimens(fd, setTimes(atime, mtime)) as number));
}

/** Times in nanoseconds since 1970; of a symlink itself. */
export function setTimesAt(directory: number, name: Buffer, atime: bigint, mtime: bigint): void {
  const { utimensat } = functions();
  const both = setTimes(atime, mtime);
  const result = utimensat(directory, first.of(name), both, AT_SYMLINK_NOFOLLOW) as number;
  check('utimensat', outcome(result));
}

export function truncateFd(fd: number, bytes: number): void {
  check('ftruncate', outcome(functions().ftruncate(fd, bytes) as number));
}

/** Makes a range of a file a hole, bytes; its size stays. */
export function punchHole(fd: number, offset: number, length: number): void {
  const mode = FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE;
  const result = functions().fallocate(fd, mode, offset, length) as number;
  check('fallocate(PUNCH_HOLE)', outcome(result));
}

/** Reads until the buffer is full or the file ends; tells how many bytes it has. */
export function readFile(fd: number, into: Buffer, offset: number): number {
  let done = 0;
  while (done < into.length) {
    const rest = into.subarray(done);
    const result = functions().pread(fd, rest, rest.length, offset + done) as number;
    const count = check('pread', outcome(result));
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all of the buffer. */
export function writeFile(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; ) {
    const rest = bytes.subarray(done);
    const result = functions().pwrite(fd, rest, rest.length, offset + done) as number;
    const count = check('pwrite', outcome(result));
    if (count === 0) throw new ErrnoError('pwrite', errno('EIO'));
    done += count;
  }
}

/** The next entries of an open directory, as the kernel writes them; bytes, 0 at its end. */
export function getDents(fd: number, into: Buffer): number {
  return check('getdents64', outcome(functions().getdents64(fd, into, into.length) as number));
}

/** Waits until all that was written to the file's filesystem is on disk. */
export function syncFilesystem(fd: number): void {
  check('syncfs', outcome(functions().syncfs(fd) as number));
}
