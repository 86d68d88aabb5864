import type { Pointer } from './call.ts';
import { cephfs } from './cephfs-functions.ts';
import { check, errno } from './errno.ts';

/** What one attribute, and all names together, fit into nearly always. */
const ROOM = 64 * 1024;

const scratch = Buffer.alloc(ROOM);

/** Names of the attributes of a path, without Ceph's virtual ones; a symlink at its end is not followed. */
export function listXattrs(mount: Pointer, path: Uint8Array): readonly Buffer[] {
  const list = answer('ceph_llistxattr', (buffer, room) =>
    cephfs().listxattr(mount, path, buffer, room),
  );
  const names: Buffer[] = [];
  for (let at = 0; at < list.length; ) {
    const end = list.indexOf(0, at);
    names.push(list.subarray(at, end));
    at = end + 1;
  }
  return names;
}

/** The value of an attribute, in memory of its own; null when there is none of this name. `name` ends with a NUL. */
export function getXattr(mount: Pointer, path: Uint8Array, name: Uint8Array): Buffer | null {
  return answer(
    'ceph_lgetxattr',
    (buffer, room) => cephfs().getxattr(mount, path, name, buffer, room),
    errno('ENODATA'),
  );
}

type Ask = (buffer: Buffer | null, room: number) => number;

function answer(call: string, ask: Ask): Buffer;
function answer(call: string, ask: Ask, noneErrno: number): Buffer | null;
function answer(call: string, ask: Ask, noneErrno = 0): Buffer | null {
  for (let buffer = scratch; ; ) {
    const length = ask(buffer, buffer.length);
    if (length === -errno('ERANGE')) {
      // Asked without room, it tells how much it takes.
      buffer = Buffer.alloc(check(call, ask(null, 0)) + ROOM);
      continue;
    }
    if (noneErrno !== 0 && length === -noneErrno) return null;
    return copyOf(buffer.subarray(0, check(call, length)));
  }
}

/** A copy whose memory holds nothing else, so that it can be moved to another thread. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
