import { z } from 'zod';
import type { ListedDataset } from '../../core/backup-list.ts';
import type { ErrorReport } from '../../core/errors.ts';
import type { SourceIdentity } from '../../core/source.ts';
import type { ScanRecord, TargetSnapshot, TargetState } from '../../core/target.ts';
import type { TreeOrder } from '../../core/tree.ts';
import type { VolumeOrder } from '../../core/volume.ts';
import { MAX_DESCRIPTION_CHARS } from './limits.ts';

// What calls and requests are made of, in JSON. Sizes and offsets are bytes, times milliseconds since 1970.

/** Ids and the like: what nobody would write more of. */
const short = z.string().min(1).max(256);
const name = z
  .string()
  .min(1)
  .max(16 * 1024);

/** Bytes, or an offset. */
export const bytes = z.int().min(0);

/** Chosen by the client, at random: of a call, a lock, or a transfer. */
export const id = z.string().regex(/^[0-9a-f]{32}$/);

/** Byte strings in JSON. */
export const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));

/** Of a time since 1970, in decimal: 64 bits. */
const nanoseconds = z
  .string()
  .regex(/^-?[0-9]{1,19}$/)
  .transform((digits) => BigInt(digits));

const description = z.record(z.string(), z.unknown());
/** One that a client sends is kept for as long as its transfer goes on. */
const sentDescription = description.refine(
  (value) => JSON.stringify(value).length <= MAX_DESCRIPTION_CHARS,
  `a description has more than ${MAX_DESCRIPTION_CHARS} characters`,
);

export const identity: z.ZodType<SourceIdentity> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rbd'), cluster: short, pool: short, image: short }),
  z.strictObject({ kind: z.literal('cephfs'), cluster: short, filesystem: short, inode: short }),
]);

export const scanRecord: z.ZodType<ScanRecord> = z.strictObject({
  takenAt: z.number(),
  fullAt: z.number(),
  skipped: z.int().min(0),
});

/** An error as the far side tells it. */
export const errorReport: z.ZodType<ErrorReport> = z.object({
  code: z.string(),
  message: z.string(),
  retry: z.enum(['never', 'reconnect', 'backoff']),
  hint: z.string().optional(),
  causes: z.array(z.string()),
});

export const targetSnapshot: z.ZodType<TargetSnapshot> = z.object({
  name,
  record: z.object({
    source: name,
    identity,
    snapshot: z.object({ name, id: short }),
    size: bytes,
    base: name.nullable(),
    description,
    scan: scanRecord.nullable(),
  }),
});

const checkpoint = z.object({ name, snapshotId: short, base: name.nullable(), offset: bytes });

/** Its dataset's name is relative to what the client may see. */
export const targetState: z.ZodType<TargetState> = z.object({
  dataset: name,
  identity: identity.nullable(),
  snapshots: z.array(targetSnapshot),
  checkpoint: checkpoint.nullable(),
  claim: name.nullable(),
});

export const listedDataset: z.ZodType<ListedDataset> = z.object({
  kind: z.enum(['rbd', 'cephfs']),
  filesystem: short.nullable(),
  source: name,
  group: name.nullable(),
  dataset: name,
  used: bytes,
  unfinished: z.object({ offset: bytes }).nullable(),
  snapshots: z.array(
    z.object({
      name,
      createdAt: z.number(),
      sourceSize: bytes,
      written: bytes,
      referenced: bytes,
      base: name.nullable(),
      skipped: z.int().min(0),
      held: z.boolean(),
    }),
  ),
});

export const volumeOrder: z.ZodType<VolumeOrder> = z.strictObject({
  source: name,
  identity: z.strictObject({ kind: z.literal('rbd'), cluster: short, pool: short, image: short }),
  snapshot: z.strictObject({
    name,
    id: short,
    group: name.nullable(),
    size: bytes,
    isProtected: z.boolean(),
  }),
  base: name.nullable(),
  checkpoint: checkpoint.nullable(),
  description: sentDescription,
  compare: z.boolean(),
});

/** As it is written: JSON has no numbers of 64 bits. */
type WrittenTreeOrder = Omit<TreeOrder, 'youngSince'> & { readonly youngSince: string };

export const treeOrder: z.ZodType<TreeOrder, WrittenTreeOrder> = z.strictObject({
  source: name,
  identity: z.strictObject({
    kind: z.literal('cephfs'),
    cluster: short,
    filesystem: short,
    inode: short,
  }),
  snapshot: z.strictObject({ name, id: short, takenAt: z.number() }),
  base: name.nullable(),
  resume: z.boolean(),
  youngSince: nanoseconds,
  description: sentDescription,
  size: bytes,
});

/** Which of a client's datasets a call is about. */
export const place = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('volumes') }),
  z.strictObject({ kind: z.literal('trees'), filesystem: short }),
]);

export type PlaceOf = z.infer<typeof place>;

export { name, short };
