import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { blkDeviceSize, zvolName } from '../../native/libc.ts';
import { errnoOf, ZfsError } from './errors.ts';

/** How long the device node may take to appear after `volmode=dev`. */
const APPEAR_MS = 30_000;
const POLL_MS = 20;

/** Not in Node's constants: the device is not for child processes. */
const O_CLOEXEC = 0o2000000;

const FLAGS = constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT | O_CLOEXEC;

/** The link that udev makes for a zvol; it writes a space as a plus sign. */
function devicePath(dataset: string): string {
  return `/dev/zvol/${dataset.replaceAll(' ', '+')}`;
}

/**
 * Opens a zvol for writing: unbuffered, and exclusively, so that nothing that is mounted or mapped
 * is written under its user. The link may come late or, stale, lead to another volume; so the open
 * device itself is asked which dataset it is, and its size is compared, before anyone writes.
 */
export async function openZvol(
  dataset: string,
  size: number,
  signal: AbortSignal,
  appearMs = APPEAR_MS,
): Promise<FileHandle> {
  const path = devicePath(dataset);
  const deadline = Date.now() + appearMs;
  let seen = `${path} did not appear`;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    const device = await tryOpen(path, dataset);
    if (device !== null) {
      const wrong = mismatch(device, dataset, size);
      if (wrong === null) return device;
      seen = `${path} ${wrong}`;
      await device.close();
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new ZfsError({
    code: 'zvol-device',
    message: `no device for the zvol ${dataset} after ${appearMs / 1000} s: ${seen}`,
    retry: 'backoff',
    hint: 'See whether udev runs and has the rules of OpenZFS (Debian: zfsutils-linux).',
  });
}

/**
 * Not there yet; a link whose device is gone; or a device that was left over from when the volume
 * was at rest, and has not yet heard that it may be written.
 */
const NOT_YET: ReadonlySet<string> = new Set(['ENOENT', 'ENXIO', 'ENODEV', 'EROFS']);

async function tryOpen(path: string, dataset: string): Promise<FileHandle | null> {
  try {
    return await open(path, FLAGS);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== undefined && NOT_YET.has(errno)) return null;
    if (errno === 'EBUSY') {
      throw new ZfsError({
        code: 'zvol-busy',
        message: `the zvol ${dataset} is in use: ${path} is mounted, mapped or held open by something else`,
        retry: 'backoff',
        hint: `Find the user with \`lsblk ${path}\` and \`fuser -v ${path}\`, and end it.`,
        cause: error,
      });
    }
    throw new ZfsError({
      code: errno === 'EACCES' || errno === 'EPERM' ? 'permission-denied' : 'zvol-device',
      message: `cannot open ${path}`,
      retry: 'never',
      cause: error,
    });
  }
}

/** What is wrong with an open device, in words; null when it is the right one. */
function mismatch(device: FileHandle, dataset: string, size: number): string | null {
  const name = zvolName(device.fd);
  if (name !== dataset) return name === null ? 'is no zvol' : `belongs to ${name}`;
  const actual = blkDeviceSize(device.fd);
  return actual === size ? null : `has ${actual} bytes instead of ${size}`;
}
