import type { SQLOutputValue } from 'node:sqlite';
import type { ErrorReport } from '../core/errors.ts';
import { StateError } from './errors.ts';
import type {
  RunCause,
  RunDetail,
  RunOutcome,
  RunSummary,
  RunsQuery,
  SourceFailure,
  SourceHistory,
  SourceSuccess,
  TransferDetail,
  TransferPlan,
  TransferResult,
  WarningDetail,
} from './history-records.ts';
import type { Row, Statements } from './statements.ts';

/** How many runs are named when an id means several. */
const MAX_CANDIDATES = 5;

const RUN_SQL = 'SELECT * FROM runs WHERE id = :id';
const RUNS_LIKE_SQL = 'SELECT * FROM runs WHERE id >= :id AND id < :end ORDER BY id LIMIT :limit';
const TRANSFERS_SQL = 'SELECT * FROM transfers WHERE run = :number ORDER BY number';
const WARNINGS_SQL = 'SELECT * FROM warnings WHERE run = :number ORDER BY number';

/** Newest first. Throws a StateError (`unknown-run`) when there is no run `before`. */
export function selectRuns(sql: Statements, query: RunsQuery): readonly RunSummary[] {
  const { job, outcome, before, limit } = query;
  const number = before === undefined ? undefined : numberOf(sql, before);
  return sql.all(runsSql(query), { job, outcome, number, limit }).map(summaryOf);
}

/** The statement for a query: its values are `job`, `outcome`, `number` (of the run before), and `limit`. */
function runsSql({ job, outcome, before }: RunsQuery): string {
  const conditions = [
    ...(job === undefined ? [] : ['job = :job']),
    ...(outcome === undefined ? [] : ['outcome IS :outcome']),
    ...(before === undefined ? [] : ['number < :number']),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return `SELECT * FROM runs ${where} ORDER BY number DESC LIMIT :limit`;
}

/** By the whole id, or by what only one begins with. Throws a StateError (`ambiguous-run`) when several do. */
export function selectRun(sql: Statements, id: string): RunDetail | null {
  const row = sql.get(RUN_SQL, { id }) ?? onlyRunLike(sql, id);
  if (row === null) return null;
  const { number } = row;
  return {
    summary: summaryOf(row),
    transfers: sql.all(TRANSFERS_SQL, { number }).map(transferOf),
    warnings: sql.all(WARNINGS_SQL, { number }).map(warningOf),
  };
}

/** In the order of jobs and sources. */
export function selectSources(sql: Statements, job?: string): readonly SourceHistory[] {
  return sql.all(sourcesSql(job), { job }).map(sourceOf);
}

function sourcesSql(job?: string): string {
  const where = job === undefined ? '' : 'WHERE job = :job';
  return `SELECT * FROM sources ${where} ORDER BY job, source`;
}

function numberOf(sql: Statements, id: string): SQLOutputValue | undefined {
  const row = sql.get(RUN_SQL, { id });
  if (row !== undefined) return row['number'];
  throw new StateError({
    code: 'unknown-run',
    message: `the history has no run ${id}`,
    retry: 'never',
    hint: 'It may have been pruned: list the runs from the newest on.',
  });
}

function onlyRunLike(sql: Statements, prefix: string): Row | null {
  if (prefix === '') return null;
  // No text that begins with the prefix comes after the prefix with the last of all characters.
  const range = { id: prefix, end: `${prefix}\u{10ffff}`, limit: MAX_CANDIDATES + 1 };
  const [first, ...others] = sql.all(RUNS_LIKE_SQL, range);
  if (first === undefined || others.length === 0) return first ?? null;
  const ids = [first, ...others].map(({ id }) => text(id));
  const named = ids.slice(0, MAX_CANDIDATES).join(', ');
  const more = ids.length > MAX_CANDIDATES ? ' and more' : '';
  throw new StateError({
    code: 'ambiguous-run',
    message: `the ids of several runs begin with ${prefix}: ${named}${more}`,
    retry: 'never',
    hint: 'Give more of the id.',
  });
}

function summaryOf(row: Row): RunSummary {
  return {
    id: text(row['id']),
    job: text(row['job']),
    cause: text(row['cause']) as RunCause,
    startedAt: number(row['started_at']),
    dueAt: optional(row['due_at'], number),
    dryRun: flag(row['dry_run']),
    outcome: optional(row['outcome'], text) as RunOutcome | null,
    endedAt: optional(row['ended_at'], number),
    succeeded: number(row['succeeded']),
    failed: number(row['failed']),
    warnings: number(row['warnings']),
    bytesRead: number(row['bytes_read']),
    bytesWritten: number(row['bytes_written']),
    durationMs: optional(row['duration_ms'], number),
    peakRssBytes: optional(row['peak_rss_bytes'], number),
    error: optional(row['error'], json) as ErrorReport | null,
  };
}

function transferOf(row: Row): TransferDetail {
  return {
    source: text(row['source']),
    plannedAt: optional(row['planned_at'], number),
    plan: row['plan_dataset'] === null ? null : planOf(row),
    endedAt: optional(row['ended_at'], number),
    result: row['snapshot'] === null ? null : resultOf(row),
    error: optional(row['error'], json) as ErrorReport | null,
  };
}

function planOf(row: Row): TransferPlan {
  return {
    dataset: text(row['plan_dataset']),
    createsDataset: flag(row['plan_creates_dataset']),
    mode: text(row['plan_mode']) as TransferPlan['mode'],
    reason: optional(row['plan_reason'], text) as TransferPlan['reason'],
    beside: optional(row['plan_beside'], text),
    base: optional(row['plan_base'], text),
    resumeOffset: number(row['plan_resume_offset']),
    estimatedBytes: optional(row['plan_estimated_bytes'], number),
  };
}

function resultOf(row: Row): TransferResult {
  return {
    dataset: text(row['dataset']),
    snapshot: text(row['snapshot']),
    mode: text(row['mode']) as TransferResult['mode'],
    diff: optional(row['diff'], text) as TransferResult['diff'],
    size: number(row['size']),
    tree: optional(row['tree'], json) as TransferResult['tree'],
    bytesRead: number(row['bytes_read']),
    bytesWritten: number(row['bytes_written']),
    durationMs: number(row['duration_ms']),
  };
}

function warningOf(row: Row): WarningDetail {
  return {
    at: number(row['at']),
    source: optional(row['source'], text),
    code: text(row['code']),
    message: text(row['message']),
    hint: optional(row['hint'], text),
  };
}

function sourceOf(row: Row): SourceHistory {
  return {
    job: text(row['job']),
    source: text(row['source']),
    lastSuccess: row['success_run'] === null ? null : successOf(row),
    lastFailure: row['failure_run'] === null ? null : failureOf(row),
    failuresSinceSuccess: number(row['failures_since_success']),
    failingSince: optional(row['failing_since'], number),
  };
}

function successOf(row: Row): SourceSuccess {
  return {
    at: number(row['success_at']),
    run: text(row['success_run']),
    dataset: text(row['dataset']),
    snapshot: text(row['snapshot']),
    bytesRead: number(row['bytes_read']),
    bytesWritten: number(row['bytes_written']),
    durationMs: number(row['duration_ms']),
  };
}

function failureOf(row: Row): SourceFailure {
  return {
    at: number(row['failure_at']),
    run: text(row['failure_run']),
    error: json(row['error']) as ErrorReport,
  };
}

type Value = SQLOutputValue | undefined;

function text(value: Value): string {
  return value as string;
}

/** A size beyond what a number holds exactly comes as the nearest one. */
function number(value: Value): number {
  return Number(value);
}

function flag(value: Value): boolean {
  return value === 1n;
}

function json(value: Value): unknown {
  return JSON.parse(text(value));
}

function optional<Result>(value: Value, read: (value: Value) => Result): Result | null {
  return value === null ? null : read(value);
}
