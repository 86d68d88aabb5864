import { z } from 'zod';
import { closest } from '../lib/closest.ts';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { parseSize } from '../lib/size.ts';
import { shown, wrongType } from './field.ts';

/** Properties on which a backup's correctness depends, and why nobody else may set them. */
const OWNED: ReadonlyMap<string, string> = new Map([
  ['volsize', 'it follows the size of the image'],
  ['readonly', 'ceph2zfs protects a backup with it between runs'],
  ['volmode', 'ceph2zfs chooses how a volume appears as a device'],
  ['snapdev', 'ceph2zfs chooses whether snapshots appear as devices'],
]);

/** What can be set on a volume, for "did you mean": newer versions of ZFS may know more. */
const KNOWN = [
  'checksum',
  'compression',
  'copies',
  'dedup',
  'encryption',
  'keyformat',
  'keylocation',
  'logbias',
  'primarycache',
  'redundant_metadata',
  'refreservation',
  'reservation',
  'secondarycache',
  'snapshot_limit',
  'sync',
  'volblocksize',
  'volthreading',
];

/** Properties of filesystems; ZFS would refuse to make a volume with them. */
const FILESYSTEM_ONLY = new Set(
  'aclinherit aclmode acltype atime canmount casesensitivity devices dnodesize exec mountpoint nbmand normalization quota recordsize refquota relatime setuid sharenfs sharesmb snapdir special_small_blocks utf8only xattr'.split(
    ' ',
  ),
);

const MIN_BLOCK = 4096;
const MAX_BLOCK = 128 * 1024;

const ALLOWED = 'properties of a ZFS volume, or your own with a ":" in the name';

/** The properties that a dataset is made with; values as `zfs create -o` takes them. */
export const ZfsProperties = z
  .unknown()
  .transform((value, context): Readonly<Record<string, string>> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const { problem: message } = wrongType('a mapping', value);
      context.addIssue({ code: 'custom', message, params: { allowed: ALLOWED } });
      return z.NEVER;
    }
    const entries = Object.entries(value).map(([name, given]) => {
      const misnamed = nameProblem(name);
      const result = misnamed === null ? readProperty(name, given) : notParsed(misnamed);
      if (result.ok) return [name, result.value] as const;
      const { problem: message, allowed = ALLOWED } = result;
      const params = { allowed, at: misnamed === null ? 'value' : 'key' };
      context.addIssue({ code: 'custom', message, path: [name], params });
      return [name, ''] as const;
    });
    return Object.fromEntries(entries);
  })
  .meta({
    description:
      'ZFS properties that a dataset is made with. They are not changed on datasets that exist. `compression` may not be `off`, and properties on which backups depend may not be set: `volsize`, `readonly`, `volmode`, `snapdev`, `ceph2zfs:*`.',
    kind: 'mapping',
    allowed: ALLOWED,
  });

function readProperty(name: string, value: unknown): Parsed<string> {
  if (value === null) return notParsed('has no value');
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType('text', value);
  if (name === 'compression') return readCompression(String(value));
  if (name === 'volblocksize') return readBlockSize(value);
  return value === '' ? notParsed('empty') : parsed(String(value));
}

function nameProblem(name: string): string | null {
  const reason = OWNED.get(name);
  if (reason !== undefined) return `${name} may not be set: ${reason}`;
  if (name.startsWith('ceph2zfs:'))
    return `${name} may not be set: ceph2zfs keeps its records there`;
  if (FILESYSTEM_ONLY.has(name)) return `${name} is for filesystems, and images become volumes`;
  if (name.includes(':')) {
    return /^[a-z0-9:._-]{1,255}$/.test(name)
      ? null
      : `${shown(name)}: names of user properties have lower-case letters, digits, ":", ".", "-", "_"`;
  }
  if (KNOWN.includes(name)) return null;
  if (!/^[a-z0-9_]+$/.test(name)) return `${shown(name)} is not the name of a property`;
  const meant = closest(name, KNOWN);
  return meant === null ? null : `unknown property "${name}"; did you mean "${meant}"?`;
}

const COMPRESSION = /^(?:on|lzjb|zle|lz4|gzip(?:-[1-9])?|zstd(?:-fast)?(?:-\d+)?)$/;

function readCompression(value: string): Parsed<string> {
  const allowed =
    'on, lz4, zstd, zstd-1 to zstd-19, zstd-fast, zstd-fast-N, gzip, gzip-1 to gzip-9, zle, lzjb';
  if (value === 'off') {
    const problem =
      'compression may not be off: without it ZFS stores blocks of zeros instead of leaving holes, so each backup takes the full size of its image';
    return notParsed(`${problem}; zle compresses zeros and nothing else`, allowed);
  }
  return COMPRESSION.test(value)
    ? parsed(value)
    : notParsed(`${shown(value)} is not known`, allowed);
}

function readBlockSize(value: string | number): Parsed<string> {
  const bytes = parseSize(String(value));
  const allowed = '4K, 8K, 16K, 32K, 64K, 128K';
  if (!bytes.ok) return notParsed(`${shown(value)}: ${bytes.problem}`, allowed);
  const isPower = Number.isInteger(Math.log2(bytes.value));
  return isPower && bytes.value >= MIN_BLOCK && bytes.value <= MAX_BLOCK
    ? parsed(String(bytes.value))
    : notParsed(`${shown(value)} is not allowed`, allowed);
}
