import type { z } from 'zod';
import { parseSize } from '../lib/size.ts';
import { blockSize, compression, zfsProperties } from './zfs-properties.ts';

/** What is set on volumes when they are made. */
export const VolumeProperties = zfsProperties({
  allowed: 'properties of a ZFS volume, or your own with a ":" in the name',
  description:
    'ZFS properties that a volume is made with. They are not changed on datasets that exist. `compression` may not be `off`, and properties on which backups depend may not be set: `volsize`, `readonly`, `volmode`, `snapdev`, `ceph2zfs:*`.',
  owned: new Map([
    ['volsize', 'it follows the size of the image'],
    ['readonly', 'ceph2zfs protects a backup with it between runs'],
    ['volmode', 'ceph2zfs chooses how a volume appears as a device'],
    ['snapdev', 'ceph2zfs chooses whether snapshots appear as devices'],
  ]),
  foreign: new Set(
    'aclinherit aclmode acltype atime canmount casesensitivity devices dnodesize exec mountpoint nbmand normalization quota recordsize refquota relatime setuid sharenfs sharesmb snapdir special_small_blocks utf8only xattr'.split(
      ' ',
    ),
  ),
  foreignReason: 'is for filesystems, and images become volumes',
  known: ['volblocksize', 'volthreading'],
  readers: new Map([
    ['compression', compression('each backup takes the full size of its image')],
    ['volblocksize', blockSize(['4K', '8K', '16K', '32K', '64K', '128K'])],
  ]),
});
type VolumeProperties = z.infer<typeof VolumeProperties>;

/** Blocks of new zvols, in bytes, where the configuration says nothing. */
const BLOCK_BYTES = 16 * 1024;

/** Takes the size of blocks (bytes) out of the properties: it is no property like others when a volume is made. */
export function splitBlockSize({ volblocksize, ...properties }: VolumeProperties): {
  readonly blockSize: number;
  readonly properties: VolumeProperties;
} {
  const size = volblocksize === undefined ? undefined : parseSize(volblocksize);
  return { blockSize: size?.ok === true ? size.value : BLOCK_BYTES, properties };
}
