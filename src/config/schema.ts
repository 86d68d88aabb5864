import { z } from 'zod';
import { BandwidthOfJob } from './bandwidth.ts';
import { Checkpoint } from './checkpoint.ts';
import { Daemon } from './daemon.ts';
import { duration, field, integer, size } from './field.ts';
import { Hooks } from './hooks.ts';
import { jobName, snapshotPrefix } from './names.ts';
import { Notifications } from './notify.ts';
import { Priority } from './priority.ts';
import { Keep } from './retention.ts';
import { ScheduleOfJob } from './schedule.ts';
import { Sink } from './sink.ts';
import { CephfsSource, RbdSource } from './source.ts';
import { FilesystemsTarget, VolumesTarget } from './target.ts';
import { variants } from './variants.ts';

const NAME = field(jobName, 'Name of the job; no two jobs share one.');
const SOURCE = 'What is backed up.';
const TARGET = 'Where backups go.';

const SCHEDULE = ScheduleOfJob.optional().describe(
  'When the daemon runs the job by itself; without it, only when it is triggered.',
);

const RPO = field(
  duration('1m'),
  'How old the newest backup of any source of the job may be, counted from its snapshot; older ones are shown by `status` and in the metrics. Nothing is run because of it.',
).optional();

const SNAPSHOT = z
  .strictObject({
    prefix: field(
      snapshotPrefix,
      'First part of the names of our snapshots, on both sides: `PREFIX_2026-11-23T14:00:00Z`.',
    ).prefault('c2z'),
  })
  .readonly()
  .prefault({})
  .describe('Snapshots that the job makes.');

const MEMORY = field(
  size('16MiB'),
  'Bound on the buffers for data in flight, of all transfers of a run together, whatever number of connections carries it.',
).prefault('64MiB');

const TRANSFERS = field(
  integer(1, 64),
  'Sources that are transferred at a time. They share `memory` and `bandwidth`.',
).prefault(1);

const BANDWIDTH = BandwidthOfJob.optional().describe(
  'Bound on what a run reads from the source in a second; windows are hours in which another one holds.',
);

const TIMEOUTS = z
  .strictObject({
    snapshot: field(duration('1s'), 'How long making a snapshot on the source may take.').prefault(
      '60s',
    ),
    stall: field(
      duration('1s'),
      'A source of which no phase makes progress for this long is cancelled, and has failed; the others go on.',
    ).prefault('15m'),
  })
  .readonly()
  .prefault({})
  .describe('When waiting ends.');

/** A job that backs up images. Sizes are bytes, durations are milliseconds. */
const RbdJob = z
  .strictObject({
    name: NAME,
    source: RbdSource.describe(SOURCE),
    target: VolumesTarget.describe(TARGET),
    schedule: SCHEDULE,
    rpo: RPO,
    snapshot: SNAPSHOT,
    keep: Keep,
    hooks: Hooks,
    checkpoint: Checkpoint,
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
    transfers: TRANSFERS,
    memory: MEMORY,
    bandwidth: BANDWIDTH,
    priority: Priority,
    timeouts: TIMEOUTS,
  })
  .readonly();
export type RbdJob = z.infer<typeof RbdJob>;

/** A job that backs up directory trees. Sizes are bytes, durations are milliseconds. */
const CephfsJob = z
  .strictObject({
    name: NAME,
    source: CephfsSource.describe(SOURCE),
    target: FilesystemsTarget.describe(TARGET),
    schedule: SCHEDULE,
    rpo: RPO,
    snapshot: SNAPSHOT,
    keep: Keep,
    transfers: TRANSFERS,
    hooks: Hooks,
    memory: MEMORY,
    bandwidth: BANDWIDTH,
    priority: Priority,
    timeouts: TIMEOUTS,
  })
  .readonly();
export type CephfsJob = z.infer<typeof CephfsJob>;

/** A named part of the configuration, of one kind or another. */
const Job = variants('job', ['source', 'type'], { rbd: RbdJob, cephfs: CephfsJob });
export type Job = z.infer<typeof Job>;

/** A whole configuration file. */
export const Config = z
  .strictObject({
    jobs: z
      .array(Job)
      .readonly()
      .prefault([])
      .describe('The jobs. May be left out, or empty, where there is `sink`.'),
    sink: Sink.optional().describe(
      'Takes in the backups that other machines push, each in a dataset of its own; by default nobody can.',
    ),
    daemon: Daemon,
    notify: Notifications,
  })
  .refine(hasWork, {
    error: 'missing',
    path: ['jobs'],
    params: { allowed: 'a list of at least one job; may be left out where there is sink' },
    // Whatever else is wrong: all is told at once.
    when: () => true,
  })
  .readonly();
export type Config = z.infer<typeof Config>;

function hasWork(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return true;
  const { jobs, sink } = config as { readonly jobs?: unknown; readonly sink?: unknown };
  return sink !== undefined || !Array.isArray(jobs) || jobs.length > 0;
}

/** The patterns by which a job selects: sources by their names, and images by those of their groups. */
export function patternsOf({ source }: Job): {
  readonly select: readonly string[];
  readonly groups: readonly string[];
} {
  const groups = source.type === 'rbd' ? (source.rbd_groups ?? []) : [];
  return { select: source.select ?? [], groups };
}

export function isCephfsJob(job: Job): job is CephfsJob {
  return job.source.type === 'cephfs';
}
