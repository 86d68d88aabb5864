import { callAsync } from './call.ts';
import { check, errno } from './errno.ts';
import type { IoContext } from './rados.ts';
import { rbd } from './rbd-functions.ts';
import type { Image } from './rbd-image.ts';
import { stringAt } from './rbd-pool.ts';
import { growing, sizeRef, splitNuls } from './strings.ts';

/** `rbd_group_image_info_t`: name, pool, state. */
const IMAGE_INFO_BYTES = 24;
const IMAGE_ATTACHED = 0;
/** `rbd_group_snap_info_t`: name, state. */
const SNAP_INFO_BYTES = 16;
const SNAP_COMPLETE = 1;
/** `rbd_group_info_t`: name, pool. */
const GROUP_INFO_BYTES = 16;

export interface GroupImage {
  readonly poolId: number;
  /** In the namespace of the group. */
  readonly name: string;
}

export interface GroupSnapshotInfo {
  readonly name: string;
  /** False while it is being made, and for ever when its maker died meanwhile. */
  readonly isComplete: boolean;
}

/** The groups of a pool or namespace. */
export async function listGroups(io: IoContext): Promise<readonly string[]> {
  let names = Buffer.alloc(0);
  const used = await growing('rbd_group_list', 4096, (room) => {
    names = Buffer.alloc(room);
    return callAsync<number>(rbd().groupList, [io.handle, names, sizeRef(room)]);
  });
  return splitNuls(names.subarray(0, used));
}

/** The images of a group; none for a group that does not exist. */
export async function listGroupImages(
  io: IoContext,
  group: string,
): Promise<readonly GroupImage[]> {
  const { infos, count } = await listInfos('rbd_group_image_list', IMAGE_INFO_BYTES, (into, size) =>
    callAsync<number>(rbd().groupImageList, [io.handle, group, into, IMAGE_INFO_BYTES, size]),
  );
  try {
    return Array.from({ length: count }, (_, index) => index * IMAGE_INFO_BYTES)
      .filter((offset) => infos.readInt32LE(offset + 16) === IMAGE_ATTACHED)
      .map((offset) => ({
        poolId: Number(infos.readBigInt64LE(offset + 8)),
        name: stringAt(infos, offset),
      }));
  } finally {
    rbd().groupImageListCleanup(infos, IMAGE_INFO_BYTES, count);
  }
}

/** The snapshots of a group; none for a group that does not exist. */
export async function listGroupSnapshots(
  io: IoContext,
  group: string,
): Promise<readonly GroupSnapshotInfo[]> {
  const { infos, count } = await listInfos('rbd_group_snap_list', SNAP_INFO_BYTES, (into, size) =>
    callAsync<number>(rbd().groupSnapList, [io.handle, group, into, SNAP_INFO_BYTES, size]),
  );
  try {
    return Array.from({ length: count }, (_, index) => ({
      name: stringAt(infos, index * SNAP_INFO_BYTES),
      isComplete: infos.readInt32LE(index * SNAP_INFO_BYTES + 8) === SNAP_COMPLETE,
    }));
  } finally {
    rbd().groupSnapListCleanup(infos, SNAP_INFO_BYTES, count);
  }
}

/** Fills an array of structs that grows until all fit. */
async function listInfos(
  call: string,
  bytes: number,
  attempt: (into: Buffer, size: BigUint64Array) => Promise<number>,
): Promise<{ readonly infos: Buffer; readonly count: number }> {
  let infos = Buffer.alloc(0);
  const size = sizeRef(0);
  await growing(call, 64, (room) => {
    infos = Buffer.alloc(room * bytes);
    size[0] = BigInt(room);
    return attempt(infos, size);
  });
  return { infos, count: Number(size[0]) };
}

/**
 * Makes a snapshot of all images of a group at one moment: takes the exclusive lock of each first, and so
 * waits for their owners, which may take for ever.
 */
export async function createGroupSnapshot(
  io: IoContext,
  group: string,
  name: string,
): Promise<void> {
  const result = await callAsync<number>(rbd().groupSnapCreate, [io.handle, group, name]);
  check('rbd_group_snap_create', result);
}

/** Removes a snapshot of a group from all images that have it, also from such as have left the group. */
export async function removeGroupSnapshot(
  io: IoContext,
  group: string,
  name: string,
): Promise<void> {
  const result = await callAsync<number>(rbd().groupSnapRemove, [io.handle, group, name]);
  check('rbd_group_snap_remove', result);
}

export interface ImageGroup {
  readonly poolId: number;
  readonly group: string;
}

/** The group that an image is in; null if it is in none. */
export async function groupOfImage(image: Image): Promise<ImageGroup | null> {
  const info = Buffer.alloc(GROUP_INFO_BYTES);
  const result = await callAsync<number>(rbd().getGroup, [image.handle, info, info.length]);
  check('rbd_get_group', result);
  try {
    const group = stringAt(info, 0);
    return group === '' ? null : { poolId: Number(info.readBigInt64LE(8)), group };
  } finally {
    rbd().groupInfoCleanup(info, info.length);
  }
}

/** `rbd_snap_group_namespace_t`: pool, group, snapshot. */
const GROUP_NAMESPACE_BYTES = 24;

export interface SnapshotGroup extends ImageGroup {
  /** Name of the snapshot of the group. */
  readonly snapshot: string;
}

/** Of which group's snapshot a snapshot of an image is a part; null when that is gone. */
export async function groupOfSnapshot(image: Image, id: bigint): Promise<SnapshotGroup | null> {
  const info = Buffer.alloc(GROUP_NAMESPACE_BYTES);
  const args = [image.handle, id, info, info.length];
  const result = await callAsync<number>(rbd().snapGetGroupNamespace, args);
  if (result === -errno('ENOENT')) return null;
  check('rbd_snap_get_group_namespace', result);
  try {
    return {
      poolId: Number(info.readBigInt64LE(0)),
      group: stringAt(info, 8),
      snapshot: stringAt(info, 16),
    };
  } finally {
    rbd().snapGroupNamespaceCleanup(info, info.length);
  }
}
