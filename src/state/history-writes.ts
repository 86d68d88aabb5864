import type { ErrorReport } from '../core/errors.ts';
import type { RunEvent, TransferFinished, TransferPlanned } from '../core/events.ts';
import type { RunBegun } from './history-records.ts';
import type { Row, Statements } from './statements.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** What of a run is history. */
export type HistoryEvent = EventOf<
  'transfer-planned' | 'transfer-finished' | 'transfer-failed' | 'warning' | 'run-finished'
>;

/** A run as the rows that belong to it name it. */
interface KnownRun {
  readonly number: bigint;
  readonly id: string;
  readonly job: string;
  readonly dryRun: boolean;
}

export function isHistory(event: RunEvent): event is HistoryEvent {
  switch (event.type) {
    case 'transfer-planned':
    case 'transfer-finished':
    case 'transfer-failed':
    case 'warning':
    case 'run-finished':
      return true;
    default:
      return false;
  }
}

/** Does nothing when the run is there already. */
export function insertRun(sql: Statements, run: RunBegun): void {
  sql.run(
    `INSERT INTO runs (id, job, cause, started_at, due_at, dry_run)
     VALUES (:id, :job, :cause, :startedAt, :dueAt, :dryRun) ON CONFLICT (id) DO NOTHING`,
    { ...run, dryRun: bit(run.dryRun) },
  );
}

/** Throws when there is no such run. */
export function insertEvent(sql: Statements, id: string, event: HistoryEvent): void {
  const run = knownRun(id, sql.get('SELECT number, job, dry_run FROM runs WHERE id = :id', { id }));
  switch (event.type) {
    case 'transfer-planned':
      insertPlan(sql, run, event);
      break;
    case 'transfer-finished':
      insertResult(sql, run, event);
      if (!run.dryRun) succeeded(sql, run, event);
      break;
    case 'transfer-failed':
      insertFailure(sql, run, event);
      if (!run.dryRun) failed(sql, run, event);
      break;
    case 'warning':
      insertWarning(sql, run, event);
      break;
    case 'run-finished':
      finishRun(sql, run, event);
      break;
  }
}

/** Marks the runs that go on as interrupted; returns how many there were. */
export function closeRuns(sql: Statements, at: number): number {
  return sql.run(`UPDATE runs SET outcome = 'interrupted', ended_at = :at WHERE outcome IS NULL`, {
    at,
  });
}

/**
 * Removes at most `limit` runs that ended before, with all that belongs to them, and each source that no run is left
 * of which its last success or failure was in. Returns the number of runs.
 */
export function pruneRuns(sql: Statements, endedBefore: number, limit: number): number {
  const removed = sql.run(
    `DELETE FROM runs WHERE number IN (SELECT number FROM runs WHERE ended_at < :endedBefore LIMIT :limit)`,
    { endedBefore, limit },
  );
  if (removed > 0) {
    sql.run(
      'DELETE FROM sources WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id IN (success_run, failure_run))',
    );
  }
  return removed;
}

function knownRun(id: string, row: Row | undefined): KnownRun {
  if (row === undefined) throw new Error(`the run ${id} was never begun`);
  const { number, job, dry_run: dryRun } = row;
  return { number: number as bigint, id, job: job as string, dryRun: dryRun === 1n };
}

function insertPlan(sql: Statements, { number }: KnownRun, event: TransferPlanned & At): void {
  sql.run(
    `INSERT INTO transfers (run, source, planned_at, plan_dataset, plan_creates_dataset, plan_mode, plan_reason,
       plan_beside, plan_base, plan_resume_offset, plan_estimated_bytes)
     VALUES (:number, :source, :at, :dataset, :createsDataset, :mode, :reason, :beside, :base, :resumeOffset,
       :estimatedBytes)`,
    { ...event, number, createsDataset: bit(event.createsDataset) },
  );
}

/**
 * The transfer of a source that an end which was told belongs to. A run may transfer a source twice: first it ends
 * what was cut off. And it may fail where nothing was planned yet, or when all was done but the clean-up.
 */
function transferOf(sql: Statements, run: KnownRun, source: string): bigint {
  const values = { run: run.number, source };
  const newest = sql.get(
    'SELECT number, ended_at FROM transfers WHERE run = :run AND source = :source ORDER BY number DESC LIMIT 1',
    values,
  );
  if (newest !== undefined && newest['ended_at'] === null) return newest['number'] as bigint;
  const insert = 'INSERT INTO transfers (run, source) VALUES (:run, :source) RETURNING number';
  return sql.get(insert, values)?.['number'] as bigint;
}

function insertResult(sql: Statements, run: KnownRun, event: TransferFinished & At): void {
  const { bytesRead, bytesWritten } = event;
  sql.run(
    `UPDATE transfers SET ended_at = :at, dataset = :dataset, snapshot = :snapshot, mode = :mode, diff = :diff,
       size = :size, tree = :tree, bytes_read = :bytesRead, bytes_written = :bytesWritten, duration_ms = :durationMs
     WHERE number = :number`,
    { ...event, number: transferOf(sql, run, event.source), tree: json(event.tree) },
  );
  sql.run(
    `UPDATE runs SET succeeded = succeeded + 1, bytes_read = bytes_read + :bytesRead,
       bytes_written = bytes_written + :bytesWritten WHERE number = :number`,
    { number: run.number, bytesRead, bytesWritten },
  );
}

function succeeded(sql: Statements, run: KnownRun, event: TransferFinished & At): void {
  const { at, source, dataset, snapshot, bytesRead, bytesWritten, durationMs } = event;
  const { job, id } = run;
  sql.run(
    `INSERT INTO sources (job, source, success_at, success_run, dataset, snapshot, bytes_read, bytes_written,
       duration_ms, failures_since_success)
     VALUES (:job, :source, :at, :id, :dataset, :snapshot, :bytesRead, :bytesWritten, :durationMs, 0)
     ON CONFLICT (job, source) DO UPDATE SET success_at = excluded.success_at, success_run = excluded.success_run,
       dataset = excluded.dataset, snapshot = excluded.snapshot, bytes_read = excluded.bytes_read,
       bytes_written = excluded.bytes_written, duration_ms = excluded.duration_ms, failures_since_success = 0,
       failing_since = NULL`,
    { job, source, at, id, dataset, snapshot, bytesRead, bytesWritten, durationMs },
  );
}

function insertFailure(sql: Statements, run: KnownRun, event: EventOf<'transfer-failed'>): void {
  const { source, at, error } = event;
  sql.run('UPDATE transfers SET ended_at = :at, error = :error WHERE number = :number', {
    number: transferOf(sql, run, source),
    at,
    error: json(error),
  });
  sql.run('UPDATE runs SET failed = failed + 1 WHERE number = :number', { number: run.number });
}

function failed(
  sql: Statements,
  { id, job }: KnownRun,
  { source, at, error }: EventOf<'transfer-failed'>,
): void {
  sql.run(
    `INSERT INTO sources (job, source, failure_at, failure_run, error, failures_since_success, failing_since)
     VALUES (:job, :source, :at, :id, :error, 1, :at)
     ON CONFLICT (job, source) DO UPDATE SET failure_at = excluded.failure_at, failure_run = excluded.failure_run,
       error = excluded.error, failures_since_success = failures_since_success + 1,
       failing_since = coalesce(failing_since, excluded.failing_since)`,
    { job, source, at, id, error: json(error) },
  );
}

function insertWarning(sql: Statements, { number }: KnownRun, event: EventOf<'warning'>): void {
  sql.run(
    `INSERT INTO warnings (run, at, source, code, message, hint)
     VALUES (:number, :at, :source, :code, :message, :hint)`,
    { ...event, number },
  );
  sql.run('UPDATE runs SET warnings = warnings + 1 WHERE number = :number', { number });
}

function finishRun(sql: Statements, { number }: KnownRun, event: EventOf<'run-finished'>): void {
  sql.run(
    `UPDATE runs SET outcome = :outcome, ended_at = :at, succeeded = :succeeded, failed = :failed,
       warnings = :warnings, duration_ms = :durationMs, peak_rss_bytes = :peakRssBytes, error = :error
     WHERE number = :number`,
    { ...event, number, error: json(event.error) },
  );
}

interface At {
  readonly at: number;
}

function json(value: ErrorReport | TransferFinished['tree']): string | null {
  return value === null ? null : JSON.stringify(value);
}

function bit(value: boolean): number {
  return value ? 1 : 0;
}
