import koffi from 'koffi';
import { callLibcAsync } from './call.ts';
import { ErrnoError, errno } from './errno.ts';
import { lazy } from './lazy.ts';
import { libc } from './load.ts';

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** _IO(0x12, 119): an array of two uint64, offset and length. */
const BLKDISCARD = 0x1277;
/** _IOR(0x12, 114, size_t): the device's size in bytes. */
const BLKGETSIZE64 = 0x8008_1272;
/** _IOR(0x12, 125, char[256]): OpenZFS's own request for the dataset of a zvol. */
const BLKZNAME = 0x8100_127d;
const ZFS_NAME_BYTES = 256;

const functions = lazy(() => ({
  eventfd: libc().func('int eventfd(unsigned int initval, int flags)'),
  eventfdRead: libc().func('int eventfd_read(int fd, _Out_ uint64_t *value)'),
  flock: libc().func('int flock(int fd, int operation)'),
  // Declared without "...": the calling conventions of Linux pass a third argument the same way.
  ioctl: libc().func('int ioctl(int fd, unsigned long request, void *argument)'),
}));

function failed(call: string): ErrnoError {
  return new ErrnoError(call, koffi.errno());
}

/** Makes an eventfd: non-blocking, closed on exec. Close it with `fs.closeSync`. */
export function eventfd(): number {
  const fd = functions().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) as number;
  if (fd < 0) throw failed('eventfd');
  return fd;
}

/** Resets an eventfd's counter; no matter whether it was set. */
export function resetEventfd(fd: number): void {
  functions().eventfdRead(fd, [0]);
}

/**
 * Takes the exclusive lock of an open file without waiting. False when another process (or another
 * open file of this one) holds it. Closing the file, or the end of the process, gives it back.
 */
export function flock(fd: number): boolean {
  if ((functions().flock(fd, LOCK_EX | LOCK_NB) as number) === 0) return true;
  const error = failed('flock');
  if (error.errno === errno('EWOULDBLOCK')) return false;
  throw error;
}

/**
 * Discards a range of a block device, bytes; what it then reads as is the device's affair. Runs on
 * a worker thread because it can take long.
 */
export async function blkDiscard(fd: number, offset: number, length: number): Promise<void> {
  const range = new BigUint64Array([BigInt(offset), BigInt(length)]);
  await callLibcAsync('ioctl(BLKDISCARD)', functions().ioctl, [fd, BLKDISCARD, range]);
}

/** Size of an open block device in bytes. */
export function blkDeviceSize(fd: number): number {
  const size = new BigUint64Array(1);
  if ((functions().ioctl(fd, BLKGETSIZE64, size) as number) < 0)
    throw failed('ioctl(BLKGETSIZE64)');
  return Number(size[0]);
}

/** Name of the dataset behind an open zvol device; null when it is something else. */
export function zvolName(fd: number): string | null {
  const name = Buffer.alloc(ZFS_NAME_BYTES);
  if ((functions().ioctl(fd, BLKZNAME, name) as number) < 0) {
    const error = failed('ioctl(BLKZNAME)');
    if (error.errno === errno('ENOTTY') || error.errno === errno('EINVAL')) return null;
    throw error;
  }
  const end = name.indexOf(0);
  return name.toString('utf8', 0, end < 0 ? name.length : end);
}
