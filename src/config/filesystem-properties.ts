import { blockSize, compression, zfsProperties } from './zfs-properties.ts';

const MOUNTING = 'ceph2zfs mounts a backup where nobody else sees it, and only for a run';
const OFF = 'it is off, because a backup may hold programs and devices of other machines';
const SHARING = 'a backup is not shared while it is written';
const NAMES = 'names are kept as they are, byte for byte';

/** What is set on filesystems when they are made. */
export const FilesystemProperties = zfsProperties({
  allowed: 'properties of a ZFS filesystem, or your own with a ":" in the name',
  description:
    'ZFS properties that a filesystem is made with. They are not changed on datasets that exist. `compression` may not be `off`, and properties on which backups depend may not be set: `readonly`, `canmount`, `mountpoint`, `setuid`, `exec`, `devices`, `xattr`, `acltype`, `sharenfs`, `sharesmb`, `casesensitivity`, `normalization`, `utf8only`, `ceph2zfs:*`.',
  owned: new Map([
    ['readonly', 'ceph2zfs protects a backup with it between runs'],
    ['canmount', MOUNTING],
    ['mountpoint', MOUNTING],
    ['setuid', OFF],
    ['exec', OFF],
    ['devices', OFF],
    ['xattr', 'ceph2zfs keeps its records in attributes, and chooses where these lie'],
    ['acltype', 'CephFS has POSIX ACLs, and they are kept as they are'],
    ['sharenfs', SHARING],
    ['sharesmb', SHARING],
    ['casesensitivity', NAMES],
    ['normalization', NAMES],
    ['utf8only', NAMES],
  ]),
  foreign: new Set(['snapdev', 'volblocksize', 'volmode', 'volsize', 'volthreading']),
  foreignReason: 'is for volumes, and directories become filesystems',
  known: [
    'aclinherit',
    'aclmode',
    'atime',
    'dnodesize',
    'filesystem_limit',
    'nbmand',
    'quota',
    'recordsize',
    'refquota',
    'relatime',
    'snapdir',
    'special_small_blocks',
  ],
  readers: new Map([
    ['compression', compression('sparse files take their full size')],
    ['recordsize', blockSize('4K 8K 16K 32K 64K 128K 256K 512K 1M 2M 4M 8M 16M'.split(' '))],
  ]),
});
