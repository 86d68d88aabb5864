import type { SourceIdentity } from '../../core/source.ts';
import type { Checkpoint, CommitRecord, ScanRecord } from '../../core/target.ts';
import { ZfsError } from './errors.ts';

/**
 * What our datasets and snapshots say of themselves, as ZFS user properties. Property values are
 * limited to 8191 bytes, so the description of a source is cut into parts.
 */
const NAMESPACE = 'ceph2zfs:';
const PART_BYTES = 8000;
const MAX_PARTS = 8;

const DESCRIPTION_PARTS = Array.from({ length: MAX_PARTS }, (_, part) =>
  part === 0 ? 'image' : `image.${part + 1}`,
);

const KEYS = [
  'kind',
  'source',
  'cluster',
  'pool-id',
  'image-id',
  'fs-id',
  'inode',
  'snapshot',
  'snapshot-id',
  'size',
  'base',
  'taken-at',
  'full-scan-at',
  'skipped',
  'offset',
  'claim',
  ...DESCRIPTION_PARTS,
];

/** Names of all properties that are read back, as `zfs get` wants them. */
export const PROPERTY_NAMES = KEYS.map((key) => `${NAMESPACE}${key}`).join(',');

/** Properties of one dataset or snapshot by name; only those that it was itself given. */
export type Properties = ReadonlyMap<string, string>;

type Pairs = Record<string, string>;

function named(pairs: Pairs): Pairs {
  return Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [`${NAMESPACE}${key}`, escapeValue(value)]),
  );
}

/** Values travel through tab-separated lines of text: control and non-ASCII bytes are escaped. */
function escapeValue(value: string): string {
  return value.replace(/[^\x20-\x24\x26-\x7e]+/g, (run) =>
    [...Buffer.from(run, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

function get(properties: Properties, key: string): string | undefined {
  const value = properties.get(`${NAMESPACE}${key}`);
  return value === undefined ? undefined : decodeURIComponent(value);
}

function identityPairs(source: string, identity: SourceIdentity): Pairs {
  const { cluster } = identity;
  if (identity.kind === 'rbd') {
    return { source, cluster, 'pool-id': identity.pool, 'image-id': identity.image };
  }
  return { source, cluster, 'fs-id': identity.filesystem, inode: identity.inode };
}

/** Properties of a target dataset. */
export function datasetProperties(source: string, identity: SourceIdentity): Pairs {
  return named(identityPairs(source, identity));
}

/** Name of the property that claims a source snapshot's name before it is made. */
export const CLAIM_PROPERTY = `${NAMESPACE}claim`;

/** Set on a dataset that was made only to have others beneath it. */
export const PARENT_PROPERTY = `${NAMESPACE}parent`;

/** Name of the property that tells a commit from a checkpoint. */
export const KIND_PROPERTY = `${NAMESPACE}kind`;

/** Checkpoints are named so, and have the kind `checkpoint`: they are ours, and temporary. */
export const CHECKPOINT_PREFIX = 'ceph2zfs.checkpoint.';

/** Properties of the snapshot that commits a transfer. */
export function commitProperties(record: CommitRecord): Pairs {
  const { scan } = record;
  return named({
    kind: 'commit',
    ...transferPairs(record, record.size),
    ...(scan === null ? {} : scanPairs(scan)),
    ...descriptionPairs(record),
  });
}

/** What a transfer is about. */
type Transfer = Omit<CommitRecord, 'size' | 'scan'>;

/** Properties of a checkpoint that holds all changes below `offset`; `size`: of the image, in bytes. */
export function checkpointProperties(transfer: Transfer, size: number, offset: number): Pairs {
  return named({ kind: 'checkpoint', ...transferPairs(transfer, size), offset: String(offset) });
}

function transferPairs({ source, identity, snapshot, base }: Transfer, size: number): Pairs {
  return {
    ...identityPairs(source, identity),
    snapshot: snapshot.name,
    'snapshot-id': snapshot.id,
    size: String(size),
    ...(base === null ? {} : { base }),
  };
}

function scanPairs({ takenAt, fullAt, skipped }: ScanRecord): Pairs {
  return {
    'taken-at': String(takenAt),
    'full-scan-at': String(fullAt),
    skipped: String(skipped),
  };
}

function descriptionPairs({ source, description }: Transfer): Pairs {
  const text = asciiJson(description);
  const parts = text.match(new RegExp(`.{1,${PART_BYTES}}`, 'g')) ?? [];
  if (parts.length > MAX_PARTS) {
    throw new ZfsError({
      code: 'record-invalid',
      message: `the description of ${source} has ${text.length} bytes, more than the ${MAX_PARTS * PART_BYTES} that fit in ZFS properties`,
      retry: 'never',
      hint: 'Remove large values from the metadata of the image (`rbd image-meta list`).',
    });
  }
  return Object.fromEntries(parts.map((part, index) => [DESCRIPTION_PARTS[index], part]));
}

/** JSON in which nothing is left for {@link escapeValue} to do, so that cutting it is safe. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x24\x26-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Who a dataset was made for, or null when it does not say. */
export function readIdentity(properties: Properties): SourceIdentity | null {
  const cluster = get(properties, 'cluster');
  const [pool, image] = [get(properties, 'pool-id'), get(properties, 'image-id')];
  const [filesystem, inode] = [get(properties, 'fs-id'), get(properties, 'inode')];
  if (cluster === undefined) return null;
  if (pool !== undefined && image !== undefined) return { kind: 'rbd', cluster, pool, image };
  if (filesystem === undefined || inode === undefined) return null;
  return { kind: 'cephfs', cluster, filesystem, inode };
}

/** The name that is claimed for a source snapshot, if any. */
export function readClaim(properties: Properties): string | null {
  return get(properties, 'claim') ?? null;
}

/** What a snapshot of the target is: one of our commits, one of our checkpoints, or null. */
export function readSnapshot(
  name: string,
  properties: Properties,
):
  | { readonly kind: 'commit'; readonly record: CommitRecord }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | null {
  const identity = readIdentity(properties);
  const snapshotId = get(properties, 'snapshot-id');
  const base = get(properties, 'base') ?? null;
  if (identity === null || snapshotId === undefined) return null;
  if (get(properties, 'kind') === 'checkpoint') {
    const offset = Number(get(properties, 'offset'));
    if (!Number.isSafeInteger(offset)) return null;
    return { kind: 'checkpoint', checkpoint: { name, snapshotId, base, offset } };
  }
  const size = readSize(properties, identity);
  const source = get(properties, 'source');
  if (get(properties, 'kind') !== 'commit' || source === undefined) return null;
  if (size === null) return null;
  const snapshot = { name: get(properties, 'snapshot') ?? name, id: snapshotId };
  const description = readDescription(properties);
  const scan = readScan(properties);
  return { kind: 'commit', record: { source, identity, snapshot, size, base, description, scan } };
}

/**
 * Bytes. That of an image is what a restore makes, so null when it cannot be right. That of a tree is only for
 * people: it must not end a chain of backups.
 */
function readSize(properties: Properties, { kind }: SourceIdentity): number | null {
  const size = Number(get(properties, 'size') ?? Number.NaN);
  if (Number.isSafeInteger(size)) return size;
  if (kind === 'rbd') return null;
  return size > 0 ? Number.MAX_SAFE_INTEGER : 0;
}

/** Null also when it is damaged: then everything is scanned, and nothing is taken to be whole that may not be. */
function readScan(properties: Properties): ScanRecord | null {
  const takenAt = Number(get(properties, 'taken-at') ?? Number.NaN);
  const fullAt = Number(get(properties, 'full-scan-at') ?? Number.NaN);
  const skipped = Number(get(properties, 'skipped') ?? Number.NaN);
  const isSound = [takenAt, fullAt, skipped].every((value) => Number.isSafeInteger(value));
  return isSound ? { takenAt, fullAt, skipped } : null;
}

function readDescription(properties: Properties): Record<string, unknown> {
  const text = DESCRIPTION_PARTS.map((part) => get(properties, part) ?? '').join('');
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A description only helps a restore: a damaged one must not end a chain of backups.
    return {};
  }
}
