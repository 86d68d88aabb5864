import { z } from '@hono/zod-openapi';
import { SinkStatus } from './sink-schemas.ts';

// What the API takes and gives. Times are milliseconds since 1970, durations are milliseconds, sizes are bytes.

const time = z.number().describe('Milliseconds since 1970.');

/** An error, as it is told everywhere. */
export const ErrorReport = z
  .object({
    code: z.string().describe('What docs/errors.md explains.'),
    message: z.string(),
    retry: z.enum(['never', 'reconnect', 'backoff']),
    hint: z.string().optional().describe('What to do about it.'),
    causes: z.array(z.string()).readonly().describe('Messages of the causes, outermost first.'),
  })
  .readonly()
  .openapi('Error');

const RunCause = z.enum(['schedule', 'retry', 'trigger']);

const SourceProgress = z
  .object({
    source: z.string(),
    phase: z.string(),
    since: time,
    bytesDone: z.number(),
    bytesTotal: z.number().nullable(),
    entries: z.number().nullable(),
    bytesPerSecond: z
      .number()
      .nullable()
      .describe('Over the last minute of the phase; null while there is too little to tell.'),
    etaSeconds: z
      .number()
      .nullable()
      .describe(
        'Seconds until the phase has dealt with all bytes at that rate; null when it is not known how much there is, or nothing goes on.',
      ),
  })
  .readonly()
  .openapi('SourceProgress');

const RunningRun = z
  .object({
    run: z.string(),
    cause: RunCause,
    startedAt: time,
    dueAt: time.nullable(),
    dryRun: z.boolean(),
    cancelling: z.boolean(),
    selected: z.number().nullable().describe('Sources; null until they are listed.'),
    succeeded: z.number(),
    failed: z.number(),
    warnings: z.number(),
    sources: z.array(SourceProgress).readonly().describe('Those under way.'),
  })
  .readonly()
  .openapi('RunningRun');

const FailedSource = z.object({ source: z.string(), error: ErrorReport }).readonly();

const EndedRun = z
  .object({
    run: z.string(),
    cause: RunCause,
    dryRun: z.boolean(),
    outcome: z.enum(['ok', 'failed', 'cancelled']),
    at: time,
    durationMs: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    failures: z.array(FailedSource).readonly(),
    error: ErrorReport.nullable(),
    warnings: z.number(),
  })
  .readonly()
  .openapi('EndedRun');

const Rpo = z
  .object({
    limitMs: z.number().describe('How old the newest backup of each source may be.'),
    missed: z
      .array(
        z
          .object({
            source: z.string(),
            ageMs: z.number().nullable().describe('Of its newest backup; null when it has none.'),
          })
          .readonly(),
      )
      .readonly()
      .describe('Sources of which it is older, the worst first.'),
  })
  .readonly()
  .openapi('Rpo');

export const JobStatus = z
  .object({
    name: z.string(),
    kind: z.enum(['rbd', 'cephfs']),
    removed: z.boolean().describe('No longer configured; its last run still goes on.'),
    schedule: z.string().describe('In words.'),
    next: z.object({ dueAt: time, startAt: time }).readonly().nullable(),
    pausedAt: time.nullable(),
    lastDueAt: time.nullable(),
    missed: z.number(),
    overlapped: z.number(),
    retry: z.object({ at: time, attempt: z.number() }).readonly().nullable(),
    queued: z.object({ since: time, cause: RunCause }).readonly().nullable(),
    running: RunningRun.nullable(),
    last: EndedRun.nullable().describe(
      'Since the daemon was started; see the history for earlier ones.',
    ),
    problem: ErrorReport.nullable(),
    rpo: Rpo.nullable().describe('Null for a job that has none.'),
  })
  .readonly()
  .openapi('JobStatus');
export type JobStatus = z.infer<typeof JobStatus>;

export const DaemonStatus = z
  .object({
    version: z.string(),
    pid: z.number(),
    startedAt: time,
    config: z.string().describe('Path of the configuration.'),
    at: time,
    seq: z.number().describe('Number of the last event that is contained in this.'),
    draining: z.boolean(),
    limits: z.object({ runs: z.number() }).readonly(),
    problems: z
      .array(ErrorReport)
      .readonly()
      .describe('What is wrong with the daemon itself: a refused configuration, a full disk.'),
    jobs: z.array(JobStatus).readonly(),
    sink: SinkStatus.nullable().describe('Null where none is configured.'),
  })
  .readonly()
  .openapi('DaemonStatus');
export type DaemonStatus = z.infer<typeof DaemonStatus>;

export const TriggerOrder = z
  .strictObject({
    only: z.string().nullable().default(null).describe('Pattern that narrows the selection down.'),
    full: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  })
  .openapi('TriggerOrder');
export type TriggerOrder = z.infer<typeof TriggerOrder>;

export const TriggerResult = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('started'), run: z.string() }).readonly(),
    z.object({ state: z.literal('waiting') }).readonly(),
  ])
  .openapi('TriggerResult');
export type TriggerResult = z.infer<typeof TriggerResult>;

export const ReloadResult = z
  .object({ jobs: z.array(z.string()).readonly() })
  .readonly()
  .openapi('ReloadResult');
export type ReloadResult = z.infer<typeof ReloadResult>;

const Outcome = z.enum(['ok', 'failed', 'cancelled', 'interrupted']);

export const RunsQuery = z.object({
  job: z.string().optional(),
  outcome: Outcome.optional(),
  before: z.string().optional().describe('Id of a run: only those that began before it.'),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});
export type RunsQuery = z.infer<typeof RunsQuery>;

export const RunSummary = z
  .object({
    id: z.string(),
    job: z.string(),
    cause: RunCause,
    startedAt: time,
    dueAt: time.nullable(),
    dryRun: z.boolean(),
    outcome: Outcome.nullable(),
    endedAt: time.nullable(),
    succeeded: z.number(),
    failed: z.number(),
    warnings: z.number(),
    bytesRead: z.number(),
    bytesWritten: z.number(),
    durationMs: z.number().nullable(),
    peakRssBytes: z.number().nullable(),
    error: ErrorReport.nullable(),
  })
  .readonly()
  .openapi('RunSummary');
export type RunSummary = z.infer<typeof RunSummary>;

const TransferPlan = z
  .object({
    dataset: z.string(),
    mode: z.enum(['full', 'incremental']),
    reason: z.string().nullable(),
    base: z.string().nullable(),
  })
  .readonly();

const TransferResult = z
  .object({
    dataset: z.string(),
    snapshot: z.string(),
    mode: z.enum(['full', 'incremental']),
    size: z.number(),
    bytesRead: z.number(),
    bytesWritten: z.number(),
    durationMs: z.number(),
  })
  .readonly();

export const RunDetail = z
  .object({
    summary: RunSummary,
    transfers: z
      .array(
        z
          .object({
            source: z.string(),
            plannedAt: time.nullable(),
            plan: TransferPlan.nullable(),
            endedAt: time.nullable(),
            result: TransferResult.nullable(),
            error: ErrorReport.nullable(),
          })
          .readonly(),
      )
      .readonly(),
    warnings: z
      .array(
        z
          .object({
            at: time,
            source: z.string().nullable(),
            code: z.string(),
            message: z.string(),
            hint: z.string().nullable(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
  .openapi('RunDetail');
export type RunDetail = z.infer<typeof RunDetail>;

export const SourceHistory = z
  .object({
    job: z.string(),
    source: z.string(),
    lastSuccess: z
      .object({
        at: time,
        run: z.string(),
        dataset: z.string(),
        snapshot: z.string(),
        bytesRead: z.number(),
        bytesWritten: z.number(),
        durationMs: z.number(),
      })
      .readonly()
      .nullable(),
    lastFailure: z.object({ at: time, run: z.string(), error: ErrorReport }).readonly().nullable(),
    failuresSinceSuccess: z.number(),
    failingSince: time.nullable().describe('The first of these failures.'),
  })
  .readonly()
  .openapi('SourceHistory');
export type SourceHistory = z.infer<typeof SourceHistory>;
