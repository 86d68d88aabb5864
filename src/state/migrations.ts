import type { DatabaseSync } from 'node:sqlite';

/**
 * What makes the schema of each version out of that of the version before, the first out of nothing. What is
 * in here was released: changes are new entries.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    cause TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    due_at INTEGER,
    dry_run INTEGER NOT NULL,
    outcome TEXT,
    ended_at INTEGER,
    succeeded INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    warnings INTEGER NOT NULL DEFAULT 0,
    bytes_read INTEGER NOT NULL DEFAULT 0,
    bytes_written INTEGER NOT NULL DEFAULT 0,
    duration_ms INTEGER,
    peak_rss_bytes INTEGER,
    error TEXT
  );
  CREATE INDEX runs_by_job ON runs (job);
  CREATE INDEX runs_by_outcome ON runs (outcome);
  CREATE INDEX runs_by_job_and_outcome ON runs (job, outcome);
  CREATE INDEX runs_by_end ON runs (ended_at);

  CREATE TABLE transfers (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    source TEXT NOT NULL,
    planned_at INTEGER,
    plan_dataset TEXT,
    plan_creates_dataset INTEGER,
    plan_mode TEXT,
    plan_reason TEXT,
    plan_beside TEXT,
    plan_base TEXT,
    plan_resume_offset INTEGER,
    plan_estimated_bytes INTEGER,
    ended_at INTEGER,
    dataset TEXT,
    snapshot TEXT,
    mode TEXT,
    diff TEXT,
    size INTEGER,
    tree TEXT,
    bytes_read INTEGER,
    bytes_written INTEGER,
    duration_ms INTEGER,
    error TEXT
  );
  CREATE INDEX transfers_by_run_and_source ON transfers (run, source);

  CREATE TABLE warnings (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    at INTEGER NOT NULL,
    source TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT
  );
  CREATE INDEX warnings_by_run ON warnings (run);

  CREATE TABLE sources (
    job TEXT NOT NULL,
    source TEXT NOT NULL,
    success_at INTEGER,
    success_run TEXT,
    dataset TEXT,
    snapshot TEXT,
    bytes_read INTEGER,
    bytes_written INTEGER,
    duration_ms INTEGER,
    failure_at INTEGER,
    failure_run TEXT,
    error TEXT,
    failures_since_success INTEGER NOT NULL,
    PRIMARY KEY (job, source)
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE sources ADD COLUMN failing_since INTEGER;
  UPDATE sources SET failing_since = failure_at WHERE failures_since_success > 0;
  `,
];

/** What was made by a newer version of the program, or by another one, or is no database. */
export class ForeignDatabase extends Error {}

/**
 * Brings a database to the newest schema, one version after the other, each in one transaction. Throws
 * {@link ForeignDatabase}, having changed nothing, or what SQLite says.
 */
export function migrate(database: DatabaseSync, migrations = MIGRATIONS): void {
  const version = numberOf(database, 'PRAGMA user_version');
  if (version > migrations.length) {
    throw new ForeignDatabase(
      `it is of version ${version}, and this program knows ${migrations.length} at most`,
    );
  }
  if (version <= 0 && numberOf(database, 'SELECT count(*) FROM sqlite_schema') > 0) {
    throw new ForeignDatabase('it is a database of something else');
  }
  for (const [index, sql] of migrations.entries()) {
    if (index >= version)
      database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}
