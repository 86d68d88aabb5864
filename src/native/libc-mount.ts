import { check, ErrnoError, errno } from './errno.ts';
import { lazy } from './lazy.ts';
import { cBytes, outcome } from './libc-call.ts';
import { closeFd } from './libc-files.ts';
import { libc } from './load.ts';

const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const SET_STRING = 1;
const CREATE = 6;
const CREATE_EXCLUSIVE = 8;

const ATTR_NOSUID = 0x2;
const ATTR_NODEV = 0x4;
const ATTR_NOEXEC = 0x8;
const ATTR_NOATIME = 0x10;

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_NOATIME = 1024;
const MNT_DETACH = 2;

const functions = lazy(() => {
  const library = libc();
  return {
    fsopen: library.func('long syscall(long number, const void *name, unsigned int flags)'),
    fsconfig: library.func(
      'long syscall(long number, int fd, unsigned int command, const void *key, const void *value, int aux)',
    ),
    fsmount: library.func(
      'long syscall(long number, int fd, unsigned int flags, unsigned int attributes)',
    ),
    mount: library.func(
      'int mount(const void *source, const void *target, const void *type, unsigned long flags, const void *data)',
    ),
    umount2: library.func('int umount2(const void *target, int flags)'),
  };
});

/**
 * Mounts a filesystem where nobody sees it: it has no place in the tree of directories, only a descriptor,
 * and is unmounted when that one is closed, by the end of the process at the latest. Set-user-id bits and
 * devices mean nothing there, and no program can be run. `exclusive`: fails with EBUSY when it is mounted
 * anywhere else, in whatever namespace.
 */
export function mountDetached(type: string, source: string, exclusive: boolean): number {
  const { fsopen, fsconfig, fsmount } = functions();
  const opened = fsopen(SYS_FSOPEN, cBytes(type), FSOPEN_CLOEXEC) as number;
  const context = check('fsopen', outcome(opened));
  try {
    const key = cBytes('source');
    const set = fsconfig(SYS_FSCONFIG, context, SET_STRING, key, cBytes(source), 0) as number;
    check('fsconfig(source)', outcome(set));
    const command = exclusive ? CREATE_EXCLUSIVE : CREATE;
    const created = fsconfig(SYS_FSCONFIG, context, command, null, null, 0) as number;
    check(exclusive ? 'fsconfig(CREATE_EXCL)' : 'fsconfig(CREATE)', outcome(created));
    const attributes = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC | ATTR_NOATIME;
    const mounted = fsmount(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, attributes) as number;
    return check('fsmount', outcome(mounted));
  } finally {
    closeFd(context);
  }
}

/** As {@link mountDetached}, at a directory; for kernels that cannot do without one. */
export function mountAt(type: string, source: string, directory: string): void {
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
  const { mount } = functions();
  const result = mount(cBytes(source), cBytes(directory), cBytes(type), flags, null) as number;
  check('mount', outcome(result));
}

/** Takes a mount out of the tree of directories; it stays for those who have it open. */
export function detachMount(directory: string): void {
  check('umount2', outcome(functions().umount2(cBytes(directory), MNT_DETACH) as number));
}

/** Whether a call failed because the kernel, or its filesystem, does not know it. */
export function isUnsupported(error: unknown): boolean {
  if (!(error instanceof ErrnoError)) return false;
  return ['ENOSYS', 'EOPNOTSUPP', 'EINVAL'].some((name) => error.errno === errno(name));
}
