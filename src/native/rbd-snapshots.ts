import { callAsync } from './call.ts';
import { check, ErrnoError, errno } from './errno.ts';
import { rbd } from './rbd-functions.ts';
import type { Image } from './rbd-image.ts';
import { stringAt } from './rbd-pool.ts';

/** `rbd_snap_info_t`: id, size, name. */
const SNAP_INFO_BYTES = 24;
/** `rbd_snap_namespace_type_t` */
const NAMESPACE_USER = 0;
const NAMESPACE_GROUP = 1;

export interface SnapshotInfo {
  readonly id: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly name: string;
}

/** Snapshots of an image that were made of it alone, and those that are part of a group's snapshot. */
export interface SnapshotLists {
  readonly user: readonly SnapshotInfo[];
  readonly group: readonly SnapshotInfo[];
}

/** The user snapshots of an image, as its handle knows them, in no special order. */
export async function listUserSnapshots(image: Image): Promise<readonly SnapshotInfo[]> {
  return (await listByNamespace(image)).user;
}

/** The snapshots of an image, as its handle knows them, by their kind, in no special order. */
export async function listByNamespace(image: Image): Promise<SnapshotLists> {
  const typed = (await listSnapshots(image)).map((snapshot) => {
    const type: [number] = [-1];
    check(
      'rbd_snap_get_namespace_type',
      rbd().snapGetNamespaceType(image.handle, snapshot.id, type) as number,
    );
    return { snapshot, type: type[0] };
  });
  const of = (wanted: number) =>
    typed.filter(({ type }) => type === wanted).map(({ snapshot }) => snapshot);
  return { user: of(NAMESPACE_USER), group: of(NAMESPACE_GROUP) };
}

async function listSnapshots(image: Image): Promise<readonly SnapshotInfo[]> {
  for (let room = 64; ; room *= 2) {
    const infos = Buffer.alloc(room * SNAP_INFO_BYTES);
    const max: [number] = [room];
    const count = await callAsync<number>(rbd().snapList, [image.handle, infos, max]);
    if (count === -errno('ERANGE')) continue;
    check('rbd_snap_list', count);
    try {
      return Array.from({ length: count }, (_, index) => snapshotAt(infos, index));
    } finally {
      // Frees the names; the array itself is ours.
      if (count > 0) rbd().snapListEnd(infos);
    }
  }
}

function snapshotAt(infos: Buffer, index: number): SnapshotInfo {
  const offset = index * SNAP_INFO_BYTES;
  return {
    id: infos.readBigUInt64LE(offset),
    size: infos.readBigUInt64LE(offset + 8),
    name: stringAt(infos, offset + 16),
  };
}

/** The flags of each snapshot, of whatever kind. Afterwards the handle is at the last of them. */
export async function flagsAtSnapshots(
  image: Image,
): Promise<readonly (SnapshotInfo & { readonly flags: bigint })[]> {
  const found: (SnapshotInfo & { readonly flags: bigint })[] = [];
  for (const snapshot of await listSnapshots(image)) {
    await setSnapshot(image, snapshot.id);
    found.push({ ...snapshot, flags: image.flags() });
  }
  return found;
}

/** Lets the handle be at the snapshot that has this id, of whatever kind it is. */
export async function setSnapshot(image: Image, id: bigint): Promise<void> {
  check('rbd_snap_set_by_id', await callAsync<number>(rbd().snapSetById, [image.handle, id]));
}

export function isSnapshotProtected(image: Image, name: string): boolean {
  const out: [number] = [0];
  check('rbd_snap_is_protected', rbd().snapIsProtected(image.handle, name, out) as number);
  return out[0] !== 0;
}

/** Id of the user snapshot of this name, as the handle knows it; null if there is none. */
export function snapshotId(image: Image, name: string): bigint | null {
  const out: [number | bigint] = [0];
  const result = rbd().snapGetId(image.handle, name, out) as number;
  if (result === -errno('ENOENT')) return null;
  check('rbd_snap_get_id', result);
  return BigInt(out[0]);
}

/** Makes a snapshot; waits for the owner of the exclusive lock, which may take for ever. */
export async function createSnapshot(image: Image, name: string): Promise<void> {
  const result = await callAsync<number>(rbd().snapCreate, [image.handle, name]);
  check('rbd_snap_create', result);
}

/** Removes the snapshot that has this id. */
export async function removeSnapshotById(image: Image, id: bigint): Promise<void> {
  const result = await callAsync<number>(rbd().snapRemoveById, [image.handle, id]);
  if (result < 0) throw new ErrnoError('rbd_snap_remove_by_id', -result);
}
