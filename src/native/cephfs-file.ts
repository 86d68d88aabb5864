import { constants } from 'node:fs';
import { callAsync, type Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import { check } from './errno.ts';

/** What a symlink's target fits into; the MDS keeps no longer one. */
const LINK_ROOM = 64 * 1024;

/** Opens a file for reading. */
export function openFile(mount: Pointer, path: Uint8Array): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  return check('ceph_open', cephfs().open(mount, path, flags, 0) as number);
}

export function closeFile(mount: Pointer, fd: number): void {
  check('ceph_close', cephfs().close(mount, fd) as number);
}

/**
 * Reads on one of libuv's threads; tells how many bytes there were. `into` must live and be left alone
 * until then.
 */
export async function readFileAsync(
  mount: Pointer,
  fd: number,
  offset: number,
  into: Uint8Array,
): Promise<number> {
  const args = [mount, fd, into, into.length, offset];
  return check('ceph_read', await callAsync<number>(cephfs().read, args));
}

/** Where a symlink leads. */
export function readLink(mount: Pointer, path: Uint8Array): Buffer {
  const target = Buffer.allocUnsafeSlow(LINK_ROOM);
  const length = cephfs().readlink(mount, path, target, target.length) as number;
  check('ceph_readlink', length);
  if (length === target.length) throw new Error('where the symlink leads is too long');
  const exact = Buffer.allocUnsafeSlow(length);
  target.copy(exact, 0, 0, length);
  return exact;
}

/** How a file is spread over objects; all 0 for a directory for which nothing is set. */
export interface Layout {
  readonly stripeUnit: number;
  readonly stripeCount: number;
  readonly objectSize: number;
  /** Id of the pool. */
  readonly pool: number;
}

/** The layout of a file, or what is set for new files in a directory, as this client knows it. */
export function layoutOf(mount: Pointer, path: Uint8Array): Layout {
  const [unit, count, size, pool] = [[0], [0], [0], [0]] as [
    [number],
    [number],
    [number],
    [number],
  ];
  check('ceph_get_path_layout', cephfs().getPathLayout(mount, path, unit, count, size, pool));
  return { stripeUnit: unit[0], stripeCount: count[0], objectSize: size[0], pool: pool[0] };
}
