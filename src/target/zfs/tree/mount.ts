import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, ErrnoError, errno } from '../../../native/errno.ts';
import { closeFd, OPEN, openBeneath, openPath } from '../../../native/libc-files.ts';
import { detachMount, isUnsupported, mountAt, mountDetached } from '../../../native/libc-mount.ts';
import { ZfsError } from '../errors.ts';

/** A mounted filesystem that only this process can see. */
export interface PrivateMount {
  /** Its top, open for reading. */
  readonly root: number;
  /** Unmounts it, unless something in it is still open; then with the last that is closed. */
  close(): void;
}

/**
 * How to mount: `detached` needs Linux 5.2, and to be refused when it is mounted elsewhere, Linux 6.6 and a
 * version of OpenZFS that knows it. `directory` always works; for a moment others can see it.
 */
export type MountWay = 'detached' | 'directory';

/** Where filesystems are mounted for a moment when the kernel cannot do without; only root may look in. */
const MOUNT_DIR = '/run/ceph2zfs/mnt';

/** After the end of a process that was killed, its mount may take some time to go. */
const BUSY_MS = 10_000;
const POLL_MS = 100;

/**
 * Mounts a filesystem of ZFS in no directory at all: nobody sees its files while they are written, it is in
 * nobody's way, and it goes away by itself when the process ends, however it ends.
 */
export async function mountPrivately(
  dataset: string,
  signal: AbortSignal,
  way: MountWay = 'detached',
  busyMs = BUSY_MS,
): Promise<PrivateMount> {
  const deadline = Date.now() + busyMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return openMount(await mount(dataset, way));
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
      if (error.code !== 'EBUSY' || Date.now() > deadline) throw await explain(dataset, error);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function openMount(mounted: number): PrivateMount {
  // The mount's own descriptor says where, and cannot be used for anything else.
  const opened = openBeneath(mounted, Buffer.from('.'), OPEN.directory);
  if (opened < 0) closeFd(mounted);
  const root = check('openat2', opened);
  let open = true;
  return {
    root,
    close() {
      if (!open) return;
      open = false;
      closeFd(root);
      closeFd(mounted);
    },
  };
}

async function mount(dataset: string, way: MountWay): Promise<number> {
  if (way === 'directory') return mountThroughDirectory(dataset);
  try {
    return mountDetached('zfs', dataset, true);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
  await requireUnmounted(dataset);
  try {
    return mountDetached('zfs', dataset, false);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
  return mountThroughDirectory(dataset);
}

async function mountThroughDirectory(dataset: string): Promise<number> {
  await requireUnmounted(dataset);
  const directory = `${MOUNT_DIR}/${randomUUID()}`;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    mountAt('zfs', dataset, directory);
    try {
      return check('open', openPath(directory, OPEN.directory | OPEN.pathOnly));
    } finally {
      detachMount(directory);
    }
  } finally {
    await rmdir(directory);
  }
}

/** Without help from the kernel, only mounts in our own namespace can be seen. */
async function requireUnmounted(dataset: string): Promise<void> {
  const place = await mountPoint(dataset);
  if (place !== null) throw new ErrnoError('mount', errno('EBUSY'));
}

/** Where a filesystem is mounted, as far as this process can see; null when it is not. */
async function mountPoint(dataset: string): Promise<string | null> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  for (const line of lines) {
    const [before = '', after = ''] = line.split(' - ');
    const [type, source = ''] = after.split(' ');
    if (type === 'zfs' && unescapeOctal(source) === dataset) {
      return unescapeOctal(before.split(' ')[4] ?? '');
    }
  }
  return null;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function explain(dataset: string, error: ErrnoError): Promise<ZfsError> {
  if (error.code === 'EBUSY') {
    const place = await mountPoint(dataset);
    return new ZfsError({
      code: 'filesystem-busy',
      message: `the filesystem ${dataset} is mounted ${place === null ? 'by another process or in another namespace' : `at ${place}`}: it cannot be written to meanwhile`,
      retry: 'backoff',
      hint: `Unmount it (\`zfs unmount ${dataset}\`); to look into a backup, mount a snapshot: \`mount -t zfs ${dataset}@SNAPSHOT /mnt\`.`,
      cause: error,
    });
  }
  const isDenied = error.code === 'EPERM' || error.code === 'EACCES';
  return new ZfsError({
    code: isDenied ? 'permission-denied' : 'mount-failed',
    message: `cannot mount the filesystem ${dataset}: ${error.message}`,
    retry: 'never',
    hint: isDenied ? 'Only root may mount a filesystem.' : 'See `zpool status` and the kernel log.',
    cause: error,
  });
}
