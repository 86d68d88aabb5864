import { check, ErrnoError, errno } from './errno.ts';
import { lazy } from './lazy.ts';
import { CStringSlot, outcome } from './libc-call.ts';
import { libc } from './load.ts';

/**
 * Whose attributes: an open file's, or those of what a path leads to, whose last part is not followed. A
 * path must end with a NUL; {@link entryPath} makes one.
 */
export type XattrPlace = number | Buffer;

const functions = lazy(() => {
  const library = libc();
  return {
    fget: library.func('long fgetxattr(int fd, const void *name, void *into, size_t size)'),
    lget: library.func(
      'long lgetxattr(const void *path, const void *name, void *into, size_t size)',
    ),
    fset: library.func(
      'int fsetxattr(int fd, const void *name, const void *value, size_t size, int flags)',
    ),
    lset: library.func(
      'int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
    ),
    fremove: library.func('int fremovexattr(int fd, const void *name)'),
    lremove: library.func('int lremovexattr(const void *path, const void *name)'),
    flist: library.func('long flistxattr(int fd, void *into, size_t size)'),
    llist: library.func('long llistxattr(const void *path, void *into, size_t size)'),
  };
});

/** What Linux allows for a value, and for the list of names; bytes. */
export const MAX_XATTR_BYTES = 64 * 1024;

const name_ = new CStringSlot();
const names = Buffer.alloc(MAX_XATTR_BYTES);
const path_ = { memory: Buffer.alloc(512), directory: -1, start: 0 };

/**
 * The path of a name in an open directory, for functions that know no directory's descriptor. As the name is
 * one part of a path, nothing is followed on the way. In reused memory: for the next call only.
 */
export function entryPath(directory: number, name: Buffer): Buffer {
  if (path_.directory !== directory) {
    path_.start = path_.memory.write(`/proc/self/fd/${directory}/`);
    path_.directory = directory;
  }
  const end = path_.start + name.length;
  if (end >= path_.memory.length) throw new ErrnoError('a name', errno('ENAMETOOLONG'));
  name.copy(path_.memory, path_.start);
  path_.memory[end] = 0;
  return path_.memory;
}

/** Reads an attribute; tells how many bytes it has, or `-errno`: -ENODATA when it is not there. */
export function getXattr(place: XattrPlace, name: Buffer, into: Buffer): number {
  const { fget, lget } = functions();
  const get = typeof place === 'number' ? fget : lget;
  return outcome(get(place, name_.of(name), into, into.length) as number);
}

export function setXattr(place: XattrPlace, name: Buffer, value: Buffer): void {
  const { fset, lset } = functions();
  const set = typeof place === 'number' ? fset : lset;
  const call = `setxattr(${name.toString()})`;
  check(call, outcome(set(place, name_.of(name), value, value.length, 0) as number));
}

/** Removes an attribute; one that is not there is no error. */
export function removeXattr(place: XattrPlace, name: Buffer): void {
  const { fremove, lremove } = functions();
  const remove = typeof place === 'number' ? fremove : lremove;
  const result = outcome(remove(place, name_.of(name)) as number);
  if (result !== -errno('ENODATA')) check(`removexattr(${name.toString()})`, result);
}

/** Names of all attributes that we may see. */
export function listXattrs(place: XattrPlace): Buffer[] {
  const { flist, llist } = functions();
  const list = typeof place === 'number' ? flist : llist;
  const length = check('listxattr', outcome(list(place, names, names.length) as number));
  const found: Buffer[] = [];
  for (let at = 0; at < length; ) {
    const end = names.indexOf(0, at);
    found.push(Buffer.from(names.subarray(at, end)));
    at = end + 1;
  }
  return found;
}
