import { CephError } from '../ceph/errors.ts';

/** The virtual directory in which a directory's snapshots appear. */
export const SNAPSHOTS = '.snap';

/** The components of a source's name, which is an absolute path; none for `/`. */
export function parseDirectoryName(name: string): readonly string[] {
  const parts = name === '/' ? [] : name.split('/').slice(1);
  const isOdd = (part: string) => ['', '.', '..', SNAPSHOTS].includes(part) || part.includes('\0');
  if (!name.startsWith('/') || parts.some(isOdd)) {
    throw new CephError('directory-missing', `${JSON.stringify(name)} is no path of a directory`, {
      hint: 'Paths begin with "/", which stands for the top of the filesystem, and do not end with one.',
    });
  }
  return parts;
}

/** The name of a source; see {@link parseDirectoryName}. */
export function formatDirectoryName(parts: readonly string[]): string {
  return `/${parts.join('/')}`;
}

/** Where a directory's snapshots are, or one of them. */
export function snapshotPath(directory: string, snapshot?: string): string {
  const all = `${directory === '/' ? '' : directory}/${SNAPSHOTS}`;
  return snapshot === undefined ? all : `${all}/${snapshot}`;
}

/** A path as C wants it, in memory that holds nothing else: it travels to a worker. */
export function cPath(path: string | Buffer): Uint8Array {
  const length = Buffer.byteLength(path);
  const bytes = Buffer.allocUnsafeSlow(length + 1);
  if (typeof path === 'string') bytes.write(path);
  else path.copy(bytes);
  bytes[length] = 0;
  return bytes;
}
