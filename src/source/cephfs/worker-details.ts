import type { EntryType } from '../../core/entry.ts';
import type { Pointer } from '../../native/call.ts';
import {
  closeFile,
  type Layout,
  layoutOf,
  openFile,
  readFileAsync,
  readLink,
} from '../../native/cephfs-file.ts';
import { getXattr, listXattrs } from '../../native/cephfs-xattrs.ts';
import { ErrnoError, errno } from '../../native/errno.ts';
import { cPath } from './path.ts';

/** Attributes of Ceph's own, and what marks a copy of ours that was put back. */
const HIDDEN_PREFIXES = ['ceph.', 'trusted.ceph2zfs.'];
const HIDDEN_NAME = Buffer.from('trusted.ceph2zfs');

export interface DetailsRequest {
  /** Ends with a NUL. */
  readonly path: Uint8Array;
  readonly type: EntryType;
  /** Bytes. */
  readonly size: number;
  readonly dataUpTo: number;
  /** The layout that files have for which nothing is set. */
  readonly defaultLayout: Layout;
}

/** As `EntryDetails`, on its way between threads. */
export interface DetailsAnswer {
  readonly xattrs: readonly (readonly [name: Uint8Array, value: Uint8Array])[];
  readonly linkTarget: Uint8Array | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly data: Uint8Array | null;
}

/** All that takes further calls to find out of an entry. None of them asks the MDS what listing the directory told. */
export async function readDetails(mount: Pointer, request: DetailsRequest): Promise<DetailsAnswer> {
  const { path, type, size, dataUpTo } = request;
  return {
    xattrs: readXattrs(mount, path),
    linkTarget: type === 'symlink' ? readLink(mount, path) : null,
    settings: readSettings(mount, request),
    data: type === 'file' && size <= dataUpTo ? await readWhole(mount, path, size) : null,
  };
}

function readXattrs(mount: Pointer, path: Uint8Array): DetailsAnswer['xattrs'] {
  return listXattrs(mount, path)
    .filter((name) => !isHidden(name))
    .toSorted((a, b) => Buffer.compare(a, b))
    .map((name) => {
      const value = getXattr(mount, path, cPath(name));
      // Nothing can vanish from a snapshot.
      if (value === null) throw new ErrnoError('ceph_lgetxattr', errno('ENODATA'));
      return [new Uint8Array(name), value] as const;
    });
}

function isHidden(name: Buffer): boolean {
  return name.equals(HIDDEN_NAME) || HIDDEN_PREFIXES.some((prefix) => name.indexOf(prefix) === 0);
}

function readSettings(
  mount: Pointer,
  { path, type, defaultLayout }: DetailsRequest,
): Readonly<Record<string, string>> {
  const read = (name: string) => getXattr(mount, path, cPath(name))?.toString() ?? '';
  const layout = type === 'directory' || type === 'file' ? layoutOf(mount, path) : null;
  if (type === 'directory') {
    const quota = Object.entries(parseQuota(read('ceph.quota')));
    const isSet = layout !== null && layout.stripeUnit !== 0;
    const settings = isSet ? { 'ceph.dir.layout': read('ceph.dir.layout') } : {};
    return { ...settings, ...Object.fromEntries(quota) };
  }
  // To ask for the attribute of each file would cost a call to the MDS for each. What cannot be told
  // apart in this way is a file in another namespace of the same pool; its directory's layout tells.
  if (layout === null || isSameLayout(layout, defaultLayout)) return {};
  return { 'ceph.file.layout': read('ceph.file.layout') };
}

/** The quotas that are set, from `max_bytes=1000 max_files=0`. */
function parseQuota(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(' ').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs
      .filter(([, value = '0']) => value !== '0')
      .map(([name, value = '']) => [`ceph.quota.${name}`, value]),
  );
}

function isSameLayout(a: Layout, b: Layout): boolean {
  return (
    a.pool === b.pool &&
    a.stripeUnit === b.stripeUnit &&
    a.stripeCount === b.stripeCount &&
    a.objectSize === b.objectSize
  );
}

/**
 * All bytes of a file, as many as its entry says. Unlike the other calls this one waits for a disk, so this
 * thread goes on meanwhile: many files must be read at a time to keep many disks busy.
 */
async function readWhole(mount: Pointer, path: Uint8Array, size: number): Promise<Uint8Array> {
  const data = Buffer.allocUnsafeSlow(size);
  if (size === 0) return data;
  const fd = openFile(mount, path);
  try {
    for (let done = 0; done < size; ) {
      const length = await readFileAsync(mount, fd, done, data.subarray(done));
      if (length === 0) throw new Error(`got ${done} bytes instead of ${size}`);
      done += length;
    }
    return data;
  } finally {
    closeFile(mount, fd);
  }
}
