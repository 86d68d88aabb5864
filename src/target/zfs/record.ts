import type { SourceIdentity } from '../../core/source.ts';
import type { Checkpoint, CommitRecord, TransferOrder } from '../../core/target.ts';
import { ZfsError } from './errors.ts';

/**
 * What our datasets and snapshots say of themselves, as ZFS user properties. Property values are
 * limited to 8191 bytes, so the description of an image is cut into parts.
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
  'snapshot',
  'snapshot-id',
  'size',
  'base',
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
  return {
    source,
    cluster: identity.cluster,
    'pool-id': identity.pool,
    'image-id': identity.image,
  };
}

/** Properties of a target dataset. */
export function datasetProperties(source: string, identity: SourceIdentity): Pairs {
  return named(identityPairs(source, identity));
}

/** Name of the property that claims a source snapshot's name before it is made. */
export const CLAIM_PROPERTY = `${NAMESPACE}claim`;

/** Name of the property that tells a commit from a checkpoint. */
export const KIND_PROPERTY = `${NAMESPACE}kind`;

/** Checkpoints are named so, and have the kind `checkpoint`: they are ours, and temporary. */
export const CHECKPOINT_PREFIX = 'ceph2zfs.checkpoint.';

/** Properties of the snapshot that commits a transfer. */
export function commitProperties(order: TransferOrder): Pairs {
  return named({ kind: 'commit', ...orderPairs(order), ...descriptionPairs(order) });
}

/** Properties of a checkpoint that holds all changes below `offset`. */
export function checkpointProperties(order: TransferOrder, offset: number): Pairs {
  return named({ kind: 'checkpoint', ...orderPairs(order), offset: String(offset) });
}

function orderPairs(order: TransferOrder): Pairs {
  return {
    ...identityPairs(order.source, order.identity),
    snapshot: order.snapshot.name,
    'snapshot-id': order.snapshot.id,
    size: String(order.snapshot.size),
    ...(order.base === null ? {} : { base: order.base }),
  };
}

function descriptionPairs(order: TransferOrder): Pairs {
  const text = asciiJson(order.description);
  const parts = text.match(new RegExp(`.{1,${PART_BYTES}}`, 'g')) ?? [];
  if (parts.length > MAX_PARTS) {
    throw new ZfsError({
      code: 'record-invalid',
      message: `the description of ${order.source} has ${text.length} bytes, more than the ${MAX_PARTS * PART_BYTES} that fit in ZFS properties`,
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
  const pool = get(properties, 'pool-id');
  const image = get(properties, 'image-id');
  if (cluster === undefined || pool === undefined || image === undefined) return null;
  return { kind: 'rbd', cluster, pool, image };
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
  const size = Number(get(properties, 'size'));
  const source = get(properties, 'source');
  if (get(properties, 'kind') !== 'commit' || source === undefined) return null;
  if (!Number.isSafeInteger(size)) return null;
  const snapshot = { name: get(properties, 'snapshot') ?? name, id: snapshotId };
  const description = readDescription(properties);
  return { kind: 'commit', record: { source, identity, snapshot, size, base, description } };
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
