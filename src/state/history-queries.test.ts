import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  failed,
  finished,
  planned,
  runBegun,
  runFinished,
  warning,
} from '../../test/support/history-events.ts';
import { selectRun, selectRuns, selectSources } from './history-reads.ts';
import { closeRuns, insertEvent, insertRun, pruneRuns } from './history-writes.ts';
import { migrate } from './migrations.ts';
import { type Row, Statements, type Values } from './statements.ts';

let database: DatabaseSync;
let sql: ToldStatements;

/** Keeps the text of each statement that is used. */
class ToldStatements extends Statements {
  readonly told = new Set<string>();

  override run(text: string, values?: Values): number {
    this.told.add(text);
    return super.run(text, values);
  }

  override get(text: string, values?: Values): Row | undefined {
    this.told.add(text);
    return super.get(text, values);
  }

  override all(text: string, values?: Values): readonly Row[] {
    this.told.add(text);
    return super.all(text, values);
  }
}

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  migrate(database);
  sql = new ToldStatements(database);
  insertRun(sql, runBegun('a'));
  sql.told.clear();
});

afterEach(() => database.close());

/** What SQLite does for the statements that were used. */
function steps(): string[] {
  expect(sql.told.size).toBeGreaterThan(0);
  return [...sql.told].flatMap((text) => {
    const rows = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
    return rows.map(({ detail }) => String(detail));
  });
}

/** Those that look at a whole table, or sort. */
function slowSteps(): string[] {
  return steps().filter((detail) => /^SCAN|TEMP B-TREE/.test(detail));
}

it.each([
  [{ job: 'vms' }],
  [{ outcome: 'failed' as const }],
  [{ outcome: null }],
  [{ job: 'vms', outcome: 'ok' as const }],
  [{ before: 'a' }],
  [{ job: 'vms', before: 'a' }],
  [{ job: 'vms', outcome: null, before: 'a' }],
])('finds the runs of %j by an index', (query) => {
  selectRuns(sql, { ...query, limit: 10 });
  expect(slowSteps()).toEqual([]);
});

it('finds the runs of a job with an outcome without looking at those with another', () => {
  selectRuns(sql, { job: 'vms', outcome: 'failed', limit: 10 });
  const index = 'runs_by_job_and_outcome (job=? AND outcome=?)';
  expect(steps()).toEqual([`SEARCH runs USING INDEX ${index}`]);
});

it('lists all runs from the newest on, without sorting them', () => {
  selectRuns(sql, { limit: 10 });
  expect(slowSteps()).toEqual(['SCAN runs']);
});

it('finds a run and what belongs to it by indexes', () => {
  selectRun(sql, 'a');
  selectRun(sql, 'unknown');
  // Those are the transfers of that run alone: they are found by their sources.
  expect(slowSteps()).toEqual(['USE TEMP B-TREE FOR ORDER BY']);
});

it('finds the sources of a job by an index, and looks at no transfers for all of them', () => {
  selectSources(sql, 'vms');
  expect(slowSteps()).toEqual([]);
  selectSources(sql);
  expect(slowSteps()).toEqual(['SCAN sources']);
});

it('writes what is told without looking at more than its run', () => {
  for (const event of [planned('x'), finished('x'), failed('x'), warning(), runFinished('a')]) {
    insertEvent(sql, 'a', event);
  }
  closeRuns(sql, 1);
  expect(slowSteps()).toEqual([]);
});

it('looks at no transfers to prune runs, only at the sources', () => {
  insertEvent(sql, 'a', runFinished('a'));
  sql.told.clear();
  expect(pruneRuns(sql, 1e15, 10)).toBe(1);
  expect(slowSteps()).toEqual(['SCAN sources']);
});
