import { nameAt, nextEntry, readEntry, type TreePath } from '../../core/entry.ts';
import { printable } from '../../lib/printable.ts';
import { TransportError } from '../errors.ts';

/** ZFS's limit for the name of a dataset, and for that of a dataset with a snapshot, in bytes. */
const MAX_DATASET_BYTES = 255;

/** Longer than any path that a source has. */
const MAX_SOURCE_BYTES = 16 * 1024;

/** Linux's limits. */
const MAX_COMPONENT_BYTES = 255;
const MAX_PATH_BYTES = 16 * 1024;

/** What ZFS allows in a name, without the space: no name that this program makes has one. */
const ZFS_NAME = /^[A-Za-z0-9_.:-]+$/;

const CLIENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const SLASH = 0x2f;

/** Whether a client may have this name: it is one part of a dataset's name. */
export function isClientName(name: unknown): name is string {
  return typeof name === 'string' && CLIENT.test(name);
}

/**
 * The whole name of a dataset that a peer named relative to a root. Throws a TransportError (`name-invalid`) for all
 * that is not beneath it: absolute, empty, with `.` or `..`, with anything that ZFS gives a meaning to (`@`, `#`, `%`).
 */
export function datasetBeneath(root: string, relative: string): string {
  const whole = `${root}/${relative}`;
  const isSound = relative.split('/').every((part) => ZFS_NAME.test(part) && !isDots(part));
  if (isSound && Buffer.byteLength(whole) <= MAX_DATASET_BYTES) return whole;
  throw oddName('dataset', relative);
}

/** A dataset's name relative to a root that it is beneath; null when it is not. */
export function relativeDataset(root: string, dataset: string): string | null {
  return dataset.startsWith(`${root}/`) ? dataset.slice(root.length + 1) : null;
}

/** Throws unless it can be the name of a snapshot of ZFS. */
export function requireSnapshotName(name: string): void {
  if (ZFS_NAME.test(name) && name.length <= MAX_DATASET_BYTES) return;
  throw oddName('snapshot', name);
}

/**
 * Throws unless it can be the name of a source. All characters but NUL may be in one, since it becomes a dataset's name
 * only with everything odd in it escaped; but no part may be missing or lead upward.
 */
export function requireSourceName(source: string): void {
  const parts = source === '/' ? ['top'] : source.replace(/^\//, '').split('/');
  const isSound =
    // Halves of characters would all become the same one.
    source.isWellFormed() &&
    !source.includes('\0') &&
    Buffer.byteLength(source) <= MAX_SOURCE_BYTES &&
    parts.every((part) => part !== '' && !isDots(part));
  if (!isSound) throw oddName('source', source);
}

/** Throws unless a path of a tree leads to something beneath its top, or to the top itself if that is allowed. */
export function requireTreePath(path: TreePath, top: 'top' | 'beneath' = 'beneath'): void {
  if (path.length === 0 && top === 'top') return;
  if (path.length > MAX_PATH_BYTES) throw oddName('entry', shown(path));
  for (let at = 0; at <= path.length; ) {
    const slash = path.indexOf(SLASH, at);
    const end = slash < 0 ? path.length : slash;
    if (!isComponent(path.subarray(at, end))) throw oddName('entry', shown(path));
    at = end + 1;
  }
}

/**
 * Throws unless a batch holds exactly so many entries, each with a name of one component. The top alone has none, and
 * is in the directory that is the top.
 */
export function requireBatch(directory: TreePath, count: number, bytes: Buffer): void {
  let at = 0;
  for (let index = 0; index < count; index++) {
    readEntry(bytes, at);
    const name = nameAt(bytes, at);
    const end = nextEntry(bytes, at);
    if (end > bytes.length) throw new RangeError('a batch ends within an entry');
    const isTop = name.length === 0 && directory.length === 0;
    if (!isTop && !isComponent(name)) throw oddName('entry', shown(name));
    at = end;
  }
  if (at !== bytes.length) throw new RangeError('a batch has bytes that are no entry');
}

function isComponent(name: Buffer): boolean {
  if (name.length === 0 || name.length > MAX_COMPONENT_BYTES) return false;
  if (name.length <= 2 && isDots(name.toString('latin1'))) return false;
  return !name.includes(0) && !name.includes(SLASH);
}

function isDots(part: string): boolean {
  return part === '.' || part === '..';
}

function shown(name: Buffer): string {
  return name.subarray(0, MAX_COMPONENT_BYTES).toString('latin1');
}

function oddName(what: string, name: string): TransportError {
  const text = printable(name.slice(0, MAX_COMPONENT_BYTES));
  return new TransportError({
    code: 'name-invalid',
    message: `the sink takes no ${what} of the name "${text}"`,
    retry: 'never',
    hint: 'Bring both sides to the same version of ceph2zfs; if it happens again, report it.',
  });
}
