import { callAsync } from './call.ts';
import { check, ErrnoError, errno } from './errno.ts';
import { rbd } from './rbd-functions.ts';
import type { Image } from './rbd-image.ts';
import { stringAt } from './rbd-pool.ts';
import { growing, sizeRef } from './strings.ts';

/** `rbd_image_info_t`; `order` is at 24. */
const IMAGE_INFO_BYTES = 160;
const ORDER_OFFSET = 24;
/** `rbd_linked_image_spec_t`: pool id, pool, namespace, image id, image, trash. */
const LINKED_IMAGE_SPEC_BYTES = 48;
/** `rbd_snap_spec_t`: id, namespace type, name. */
const SNAP_SPEC_BYTES = 24;
/** `rbd_mirror_image_info_t`: global id, state, primary. */
const MIRROR_INFO_BYTES = 16;
const MIRROR_ENABLED = 1;
/** How many pairs of metadata are asked for at once. */
const METADATA_PAGE = 64;

export interface ParentSpec {
  readonly pool: string;
  readonly namespace: string;
  readonly image: string;
  readonly imageId: string;
  readonly snapshot: string;
  readonly snapshotId: string;
}

/** log2 of the object size. */
export function imageOrder(image: Image): number {
  const info = Buffer.alloc(IMAGE_INFO_BYTES);
  check('rbd_stat', rbd().stat(image.handle, info, info.length));
  return info.readInt32LE(ORDER_OFFSET);
}

/** When the image was made, in seconds since 1970. */
export function imageCreatedAt(image: Image): number {
  const time = new BigInt64Array(2);
  check('rbd_get_create_timestamp', rbd().getCreateTimestamp(image.handle, time));
  return Number(time[0]);
}

/** The snapshot that the image is a clone of, at the snapshot that is open; null if of none. */
export function imageParent(image: Image): ParentSpec | null {
  const parent = Buffer.alloc(LINKED_IMAGE_SPEC_BYTES);
  const snap = Buffer.alloc(SNAP_SPEC_BYTES);
  const result = rbd().getParent(image.handle, parent, snap) as number;
  if (result === -errno('ENOENT')) return null;
  check('rbd_get_parent', result);
  try {
    return {
      pool: stringAt(parent, 8),
      namespace: stringAt(parent, 16),
      image: stringAt(parent, 32),
      imageId: stringAt(parent, 24),
      snapshot: stringAt(snap, 16),
      snapshotId: String(snap.readBigUInt64LE(0)),
    };
  } finally {
    rbd().linkedImageSpecCleanup(parent);
    rbd().snapSpecCleanup(snap);
  }
}

/** What people and other programs stored with the image (`rbd image-meta`). */
export async function imageMetadata(image: Image): Promise<Readonly<Record<string, string>>> {
  const metadata: [string, string][] = [];
  for (;;) {
    const page = await metadataAfter(image, metadata.at(-1)?.[0] ?? '');
    metadata.push(...page);
    if (page.length < METADATA_PAGE) return Object.fromEntries(metadata);
  }
}

async function metadataAfter(image: Image, start: string): Promise<[string, string][]> {
  let keys = Buffer.alloc(0);
  let values = Buffer.alloc(0);
  const keysLength = sizeRef(0);
  const valuesLength = sizeRef(0);
  await growing('rbd_metadata_list', 4096, (room) => {
    keys = Buffer.alloc(room);
    values = Buffer.alloc(room);
    keysLength[0] = valuesLength[0] = BigInt(room);
    const args = [image.handle, start, METADATA_PAGE, keys, keysLength, values, valuesLength];
    return callAsync<number>(rbd().metadataList, args);
  });
  const texts = cut(values.subarray(0, Number(valuesLength[0])));
  return cut(keys.subarray(0, Number(keysLength[0]))).map((key, index) => [
    key,
    texts[index] ?? '',
  ]);
}

/** Splits at each NUL: unlike names, values may be empty. */
function cut(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\0').slice(0, -1);
}

/** How the image takes part in mirroring. Only a primary one can be changed. */
export async function mirrorRole(image: Image): Promise<'none' | 'primary' | 'non-primary'> {
  const info = Buffer.alloc(MIRROR_INFO_BYTES);
  const args = [image.handle, info, info.length];
  const result = await callAsync<number>(rbd().mirrorGetInfo, args);
  if (result < 0) {
    if (result === -errno('ENOENT') || result === -errno('EOPNOTSUPP')) return 'none';
    throw new ErrnoError('rbd_mirror_image_get_info', -result);
  }
  try {
    if (info.readInt32LE(8) !== MIRROR_ENABLED) return 'none';
    return info.readUInt8(12) === 0 ? 'non-primary' : 'primary';
  } finally {
    rbd().mirrorGetInfoCleanup(info);
  }
}
