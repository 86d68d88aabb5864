import type { TreePath } from '../../../core/entry.ts';
import { check, ErrnoError, errno } from '../../../native/errno.ts';
import { closeFd, OPEN, openBeneath } from '../../../native/libc-files.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const EMPTY = Buffer.alloc(0);

/** Linux takes paths of 4095 bytes; a longer one is walked in parts. */
const MAX_PATH_BYTES = 4000;

/** A name in a directory. */
export interface Located {
  readonly directory: TreePath;
  readonly name: Buffer;
}

/** The directory of a path, and its last part. Throws for the top, and for what is no plain name. */
export function locate(path: TreePath): Located {
  const slash = path.lastIndexOf(SLASH);
  const name = path.subarray(slash + 1);
  requireName(slash === 0 ? EMPTY : name);
  return { directory: path.subarray(0, Math.max(0, slash)), name };
}

/**
 * Names come from elsewhere. One that is no plain name of one part could lead to another place than the one
 * that is meant.
 */
export function requireName(name: Buffer): void {
  const isDots = name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
  if (name.length > 0 && !isDots && !name.includes(0) && !name.includes(SLASH)) return;
  throw new ErrnoError(`${JSON.stringify(name.toString('latin1'))} as a name`, errno('EINVAL'));
}

/**
 * Opens a directory beneath the top. No part of the path may be a symlink or a mount. A descriptor, or
 * `-errno`. Its flags make one that attributes can be read of and written to.
 */
export function openDirectory(root: number, path: TreePath): number {
  for (const part of partsOf(path)) requireName(part);
  let from = root;
  for (let start = 0; ; ) {
    const end = endOfPart(path, start);
    const part = path.length === 0 ? Buffer.from('.') : path.subarray(start, end);
    const isLast = end === path.length;
    const flags = OPEN.directory | (isLast ? OPEN.read : OPEN.pathOnly);
    const fd = openBeneath(from, part, flags);
    if (from !== root) closeFd(from);
    if (isLast || fd < 0) return fd;
    from = fd;
    start = end + 1;
  }
}

/** As much of the path as can be walked at once: up to a slash, or its end. */
function endOfPart(path: TreePath, start: number): number {
  if (path.length - start <= MAX_PATH_BYTES) return path.length;
  return path.lastIndexOf(SLASH, start + MAX_PATH_BYTES);
}

function* partsOf(path: TreePath): Generator<Buffer> {
  if (path.length === 0) return;
  for (let start = 0; ; ) {
    const end = path.indexOf(SLASH, start);
    yield path.subarray(start, end < 0 ? path.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}

/** Errnos that say: there is no such directory in the tree. What lies behind a symlink is none of it. */
export const NO_DIRECTORY: ReadonlySet<number> = new Set([
  errno('ENOENT'),
  errno('ENOTDIR'),
  errno('ELOOP'),
]);

/** As {@link openDirectory}; throws when it cannot be opened. */
export function needDirectory(root: number, path: TreePath): number {
  return check('openat2', openDirectory(root, path));
}
