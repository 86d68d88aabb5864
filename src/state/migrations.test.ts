import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHistory } from './history.ts';
import { migrate } from './migrations.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceph2zfs-history-'));
  path = join(folder, 'history.db');
});

afterEach(() => rmSync(folder, { recursive: true }));

function make(sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

/** A database of version 1 as it was released; it stays as it is. */
const VERSION_1 = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, cause TEXT NOT NULL,
    started_at INTEGER NOT NULL, due_at INTEGER, dry_run INTEGER NOT NULL, outcome TEXT, ended_at INTEGER,
    succeeded INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, warnings INTEGER NOT NULL DEFAULT 0,
    bytes_read INTEGER NOT NULL DEFAULT 0, bytes_written INTEGER NOT NULL DEFAULT 0, duration_ms INTEGER,
    peak_rss_bytes INTEGER, error TEXT);
  CREATE INDEX runs_by_job ON runs (job);
  CREATE INDEX runs_by_outcome ON runs (outcome);
  CREATE INDEX runs_by_job_and_outcome ON runs (job, outcome);
  CREATE INDEX runs_by_end ON runs (ended_at);
  CREATE TABLE transfers (number INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    source TEXT NOT NULL, planned_at INTEGER, plan_dataset TEXT, plan_creates_dataset INTEGER, plan_mode TEXT,
    plan_reason TEXT, plan_beside TEXT, plan_base TEXT, plan_resume_offset INTEGER, plan_estimated_bytes INTEGER,
    ended_at INTEGER, dataset TEXT, snapshot TEXT, mode TEXT, diff TEXT, size INTEGER, tree TEXT, bytes_read INTEGER,
    bytes_written INTEGER, duration_ms INTEGER, error TEXT);
  CREATE INDEX transfers_by_run_and_source ON transfers (run, source);
  CREATE TABLE warnings (number INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    at INTEGER NOT NULL, source TEXT, code TEXT NOT NULL, message TEXT NOT NULL, hint TEXT);
  CREATE INDEX warnings_by_run ON warnings (run);
  CREATE TABLE sources (job TEXT NOT NULL, source TEXT NOT NULL, success_at INTEGER, success_run TEXT, dataset TEXT,
    snapshot TEXT, bytes_read INTEGER, bytes_written INTEGER, duration_ms INTEGER, failure_at INTEGER,
    failure_run TEXT, error TEXT, failures_since_success INTEGER NOT NULL, PRIMARY KEY (job, source)) WITHOUT ROWID;
  INSERT INTO runs VALUES (1, 'run-1', 'vms', 'schedule', 1000, 900, 0, 'failed', 2000, 1, 1, 1, 30, 20, 1000, 5000,
    '{"code":"c","message":"m","retry":"never","causes":["one"]}');
  INSERT INTO transfers VALUES (1, 1, 'rbd/a', 1001, 'tank/a', 1, 'full', 'first', NULL, NULL, 0, NULL, 1500, 'tank/a',
    's', 'full', 'exact', 4096, NULL, 30, 20, 400, NULL);
  INSERT INTO transfers VALUES (2, 1, 'rbd/b', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1600, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"code":"c","message":"m","retry":"never","causes":[]}');
  INSERT INTO warnings VALUES (1, 1, 1700, NULL, 'w', 'told', NULL);
  INSERT INTO sources VALUES ('vms', 'rbd/a', 1500, 'run-1', 'tank/a', 's', 30, 20, 400, NULL, NULL, NULL, 0);
  INSERT INTO sources VALUES ('vms', 'rbd/b', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1600, 'run-1',
    '{"code":"c","message":"m","retry":"never","causes":[]}', 1);
  PRAGMA user_version = 1;
`;

describe('a database of an older version', () => {
  it('keeps all that it has: version 1', () => {
    make(VERSION_1);
    using history = openHistory(path);
    expect(history.problems).toEqual([]);
    expect(history.problem).toBeNull();
    const error = { code: 'c', message: 'm', retry: 'never', causes: [] };
    expect(history.run('run-1')).toMatchObject({
      summary: {
        job: 'vms',
        cause: 'schedule',
        startedAt: 1000,
        dueAt: 900,
        dryRun: false,
        outcome: 'failed',
        endedAt: 2000,
        bytesWritten: 20,
        error: { ...error, causes: ['one'] },
      },
      transfers: [
        { source: 'rbd/a', plan: { reason: 'first' }, result: { diff: 'exact', size: 4096 } },
        { source: 'rbd/b', plan: null, result: null, error },
      ],
      warnings: [{ at: 1700, source: null, code: 'w', message: 'told', hint: null }],
    });
    expect(history.sources()).toMatchObject([
      { job: 'vms', source: 'rbd/a', lastSuccess: { snapshot: 's' }, failingSince: null },
      { job: 'vms', source: 'rbd/b', lastFailure: { at: 1600 }, failingSince: 1600 },
    ]);
  });

  it('goes through the versions that it lacks, in their order', () => {
    const first = 'CREATE TABLE a (x); INSERT INTO a VALUES (1)';
    const second = 'ALTER TABLE a RENAME TO b';
    const third = 'INSERT INTO b SELECT x + 1 FROM b';
    using database = new DatabaseSync(path);
    migrate(database, [first]);
    migrate(database, [first, second, third]);
    migrate(database, [first, second, third]);
    expect(database.prepare('SELECT x FROM b').all()).toMatchObject([{ x: 1 }, { x: 2 }]);
    expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 3 });
  });

  it('stays at the version before a step that fails, with nothing of that step', () => {
    const first = 'CREATE TABLE a (x)';
    const second = 'INSERT INTO a VALUES (1); INSERT INTO missing VALUES (1)';
    {
      using database = new DatabaseSync(path);
      expect(() => migrate(database, [first, second])).toThrow('missing');
    }
    using database = new DatabaseSync(path);
    expect(database.prepare('SELECT x FROM a').all()).toEqual([]);
    expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 });
  });
});

it('makes the same schema as an older database comes to', () => {
  const schemaOf = (file: string) => {
    openHistory(file)[Symbol.dispose]();
    using database = new DatabaseSync(file);
    const rows = database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
    return rows.map(({ name, sql }) => [
      name,
      String(sql)
        .replaceAll(/[\s,()]+/g, ' ')
        .trim(),
    ]);
  };
  make(VERSION_1);
  expect(schemaOf(path)).toEqual(schemaOf(join(folder, 'new.db')));
});
