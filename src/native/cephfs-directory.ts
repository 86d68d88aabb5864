import { type Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import {
  proven,
  STATX_ALL,
  STATX_BYTES,
  STATX_FLAGS,
  STATX_MODE,
  type Stat,
} from './cephfs-stat.ts';
import { check } from './errno.ts';

/** `struct dirent`: the name is at 19 and ends with a NUL. */
const DIRENT_BYTES = 280;
const NAME = 19;
const MODE = 20;

const dirent = Buffer.alloc(DIRENT_BYTES);
const stx = Buffer.alloc(STATX_BYTES);

/** Opens a directory for reading. It may be read by any thread, by one at a time. */
export function openDirectory(mount: Pointer, path: Uint8Array): Pointer {
  const out: [Pointer | null] = [null];
  check('ceph_opendir', cephfs().opendir(mount, path, out) as number);
  return out[0] as Pointer;
}

export function closeDirectory(mount: Pointer, directory: Pointer): void {
  check('ceph_closedir', cephfs().closedir(mount, directory) as number);
}

/** A name in a directory. It lies in memory that the next one is read into. */
export interface NamedStat {
  readonly name: Buffer;
  readonly stat: Stat;
}

/** The next name, without `.` and `..`; null at the end. */
export function readDirectory(mount: Pointer, directory: Pointer): NamedStat | null {
  const name = nextName(mount, directory, STATX_ALL);
  return name === null ? null : { name, stat: proven(stx) };
}

/** As {@link readDirectory}, with nothing but the type and permissions, which cost less. */
export function readDirectoryModes(
  mount: Pointer,
  directory: Pointer,
): { readonly name: Buffer; readonly mode: number } | null {
  const name = nextName(mount, directory, STATX_MODE);
  return name === null ? null : { name, mode: stx.readUInt16LE(MODE) };
}

/** As {@link readDirectory}, with nothing but the name, of which the MDS is not asked anything. */
export function readDirectoryName(mount: Pointer, directory: Pointer): Buffer | null {
  return nextName(mount, directory, 0);
}

function nextName(mount: Pointer, directory: Pointer, want: number): Buffer | null {
  for (;;) {
    const args = [mount, directory, dirent, stx, want, STATX_FLAGS, null];
    const result = cephfs().readdirplus(...args) as number;
    if (check('ceph_readdirplus_r', result) === 0) return null;
    const name = dirent.subarray(NAME, dirent.indexOf(0, NAME));
    if (!isDots(name)) return name;
  }
}

const DOT = 0x2e;

function isDots(name: Buffer): boolean {
  return name.length <= 2 && name.every((byte) => byte === DOT);
}
