import { z } from 'zod';
import { choice, duration, field, integer, size } from './field.ts';
import { absolutePath, cephUser, datasetName, jobName, snapshotPrefix } from './names.ts';
import { selectPattern } from './select-pattern.ts';
import { ZfsProperties } from './zfs-properties.ts';

/** How a Ceph cluster is reached. */
export const CephAccess = z
  .strictObject({
    conf: field(absolutePath, "The cluster's configuration file.").prefault('/etc/ceph/ceph.conf'),
    user: field(cephUser, 'Ceph user, without `client.`.').prefault('admin'),
    keyring: field(
      absolutePath,
      'Keyring file; by default where the cluster configuration says.',
    ).optional(),
  })
  .readonly();
export type CephAccess = z.infer<typeof CephAccess>;

/** RBD images that a job backs up. */
export const RbdSource = z
  .strictObject({
    type: field(choice(['rbd']), 'What is backed up.'),
    ceph: CephAccess.prefault({}).describe('How the cluster is reached.'),
    select: z
      .array(field(selectPattern, 'A pattern.'))
      .min(1)
      .readonly()
      .describe(
        'Patterns on `POOL/IMAGE` and `POOL/NAMESPACE/IMAGE`; the last one that matches an image decides, and one with a leading `!` leaves it out.',
      ),
    diff: field(
      choice(['exact', 'fast']),
      'How changes are found: `exact` asks each object for its changed extents; `fast` trusts the object map (needs the features `object-map` and `fast-diff`) and takes whole objects.',
    ).prefault('exact'),
  })
  .readonly();
export type RbdSource = z.infer<typeof RbdSource>;

/** Where a job's backups go. */
export const ZfsTarget = z
  .strictObject({
    type: field(choice(['zfs']), 'Where backups go.'),
    dataset: field(
      datasetName,
      'Dataset below which backups are kept; an image becomes `DATASET/rbd/POOL[/NAMESPACE]/IMAGE`.',
    ),
    properties: ZfsProperties.prefault({}),
    compare: field(
      choice(['auto', 'always', 'never']),
      'Whether blocks that the diff reports are read on the target first and only those that differ are written; `auto`: when the diff reports whole objects.',
    ).prefault('auto'),
  })
  .readonly();
export type ZfsTarget = z.infer<typeof ZfsTarget>;

/** A named part of the configuration. Sizes are bytes, durations are milliseconds. */
export const Job = z
  .strictObject({
    name: field(jobName, 'Name of the job; no two jobs share one.'),
    source: RbdSource.describe('What is backed up.'),
    target: ZfsTarget.describe('Where backups go.'),
    snapshot: z
      .strictObject({
        prefix: field(
          snapshotPrefix,
          'First part of the names of our snapshots, on both sides: `PREFIX_2026-11-23T14:00:00Z`.',
        ).prefault('c2z'),
      })
      .readonly()
      .prefault({})
      .describe('Snapshots that the job makes.'),
    checkpoint: z
      .strictObject({
        every: field(duration('1s'), 'Time between two checkpoints.').prefault('60s'),
        bytes: field(
          size('64MiB'),
          'A checkpoint is taken earlier when this much was dealt with since the last.',
        ).prefault('8GiB'),
      })
      .readonly()
      .prefault({})
      .describe('A transfer that was cut off continues from its last checkpoint.'),
    verify: z
      .strictObject({
        sample: field(
          integer(0, 1_000_000),
          'Blocks that the diff calls unchanged, compared at each incremental run; 0 for none.',
        ).prefault(16),
      })
      .readonly()
      .prefault({})
      .describe('Checks beyond what a transfer needs.'),
    memory: field(
      size('16MiB'),
      'Bound on the buffers for data in flight, of all transfers of a run together.',
    ).prefault('64MiB'),
    timeouts: z
      .strictObject({
        snapshot: field(
          duration('1s'),
          'How long making a snapshot of an image may take.',
        ).prefault('60s'),
        stall: field(
          duration('1s'),
          'A run ends when one of its phases makes no progress for this long.',
        ).prefault('15m'),
      })
      .readonly()
      .prefault({})
      .describe('When waiting ends.'),
  })
  .readonly();
export type Job = z.infer<typeof Job>;

/** A whole configuration file. */
export const Config = z
  .strictObject({
    jobs: z.array(Job).min(1).readonly().describe('The jobs.'),
  })
  .readonly();
export type Config = z.infer<typeof Config>;
