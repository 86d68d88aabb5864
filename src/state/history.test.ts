import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  errorReport,
  failed,
  finished,
  planned,
  runBegun,
  runFinished,
  warning,
} from '../../test/support/history-events.ts';
import { type History, openHistory } from './history.ts';

let folder: string;
let path: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceph2zfs-history-'));
  path = join(folder, 'history.db');
  history = openHistory(path);
});

afterEach(() => {
  expect(history.problem).toBeNull();
  expect(history.problems).toEqual([]);
  history[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function begin(...ids: readonly string[]): void {
  for (const id of ids) history.begin(runBegun(id));
}

function idsOf(query: Partial<Parameters<History['runs']>[0]>): string[] {
  return history.runs({ limit: 100, ...query }).map(({ id }) => id);
}

it('lets nobody else read its files', () => {
  begin('a');
  for (const ending of ['', '-wal', '-shm']) {
    expect(statSync(path + ending).mode & 0o777).toBe(0o600);
  }
});

it('takes from others the permission to read a file that was there', () => {
  history[Symbol.dispose]();
  chmodSync(path, 0o644);
  history = openHistory(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

describe('a run', () => {
  it('goes on until it tells its end', () => {
    begin('a');
    history.event('a', finished('x'));
    expect(history.run('a')?.summary).toMatchObject({ outcome: null, endedAt: null, succeeded: 1 });
    history.event('a', runFinished('a', { outcome: 'failed', succeeded: 7, failed: 2 }));
    expect(history.run('a')?.summary).toMatchObject({
      ...runBegun('a'),
      outcome: 'failed',
      endedAt: 2000,
      succeeded: 7,
      failed: 2,
      durationMs: 1000,
      peakRssBytes: 100_000_000,
    });
  });

  it('keeps why it failed as a whole, with all causes', () => {
    begin('a');
    const error = errorReport('line one\nline two \u0000 \ud83d\ude00');
    history.event('a', runFinished('a', { outcome: 'failed', error }));
    expect(history.run('a')?.summary.error).toEqual(error);
  });

  it('sums up what its transfers read and wrote', () => {
    begin('a');
    history.event('a', finished('x', { bytesRead: 5, bytesWritten: 3 }));
    history.event('a', finished('y', { bytesRead: 10, bytesWritten: 20 }));
    expect(history.run('a')?.summary).toMatchObject({ bytesRead: 15, bytesWritten: 23 });
  });

  it('has its warnings in their order', () => {
    begin('a');
    const told = [
      warning({ message: 'one' }),
      warning({ source: 'x', message: 'two', hint: 'do' }),
      warning({ at: 5, message: 'three' }),
    ];
    for (const event of told) history.event('a', event);
    const { warnings = [], summary } = history.run('a') ?? {};
    expect(warnings).toEqual(told.map(({ type: _type, ...rest }) => rest));
    expect(summary?.warnings).toBe(3);
  });

  it('is left as it is by events that are no history', () => {
    begin('a');
    const before = history.run('a');
    history.event('a', {
      type: 'run-started',
      at: 1,
      run: 'a',
      job: 'vms',
      task: 'back-up',
      dryRun: false,
    });
    history.event('a', { type: 'sources-selected', at: 1, sources: ['x'] });
    history.event('a', { type: 'transfer-phase', at: 1, source: 'x', phase: 'copying' });
    history.event('a', { type: 'checkpoint', at: 1, source: 'x', offset: 5 });
    expect(history.run('a')).toEqual(before);
  });

  it('is interrupted when the daemon that it belonged to is gone', () => {
    begin('a', 'b', 'c');
    history.event('b', runFinished('b'));
    expect(history.closeInterrupted(9000)).toBe(2);
    expect(history.closeInterrupted(9999)).toBe(0);
    expect(history.run('a')?.summary).toMatchObject({ outcome: 'interrupted', endedAt: 9000 });
    expect(history.run('b')?.summary).toMatchObject({ outcome: 'ok', endedAt: 2000 });
  });
});

it('has all that was told when the process was killed', () => {
  begin('a');
  for (const source of ['x', 'y', 'z']) history.event('a', finished(source));
  // What a killed process leaves: its files as they are, with a log that nobody took over.
  const left = join(folder, 'left.db');
  for (const ending of ['', '-wal']) copyFileSync(path + ending, left + ending);
  using restarted = openHistory(left);
  expect(restarted.problems).toEqual([]);
  expect(restarted.closeInterrupted(9000)).toBe(1);
  expect(restarted.run('a')?.transfers).toEqual(history.run('a')?.transfers);
});

describe('a transfer', () => {
  it('has its plan and its result', () => {
    begin('a');
    const plan = planned('x', { mode: 'full', reason: 'no-base', base: null, beside: 'tank/x' });
    const tree = {
      compared: 1,
      scanned: 2,
      pruned: 3,
      full: true,
      created: 4,
      changed: 5,
      rechecked: 10,
      renamed: 6,
      linked: 7,
      removed: 8,
      skipped: 9,
    };
    const result = finished('x', { diff: null, tree });
    history.event('a', plan);
    history.event('a', result);
    const [
      {
        plan: { ...keptPlan },
        result: { ...keptResult },
        ...rest
      } = emptyTransfer(),
    ] = history.run('a')?.transfers ?? [];
    expect(rest).toEqual({ source: 'x', plannedAt: 1100, endedAt: 1200, error: null });
    expect({ type: 'transfer-planned', at: 1100, source: 'x', ...keptPlan }).toEqual(plan);
    expect({ type: 'transfer-finished', at: 1200, source: 'x', ...keptResult }).toEqual(result);
  });

  it('has the whole error when it failed, also when nothing was planned yet', () => {
    begin('a');
    history.event('a', planned('x'));
    history.event('a', failed('x', { error: errorReport('one') }));
    history.event('a', failed('y', { error: { ...errorReport('two'), causes: [] } }));
    expect(history.run('a')?.transfers).toMatchObject([
      { source: 'x', plannedAt: 1100, endedAt: 1300, error: errorReport('one'), result: null },
      { source: 'y', plannedAt: null, plan: null, error: { message: 'two', causes: [] } },
    ]);
  });

  it('that was cut off and is ended first is one of two of the same source', () => {
    begin('a');
    history.event('a', planned('x', { resumeOffset: 50 }));
    history.event('a', finished('x', { snapshot: 'old' }));
    history.event('a', planned('x', { at: 1400 }));
    expect(history.run('a')?.transfers).toMatchObject([
      { plan: { resumeOffset: 50 }, result: { snapshot: 'old' } },
      { plannedAt: 1400, endedAt: null, result: null },
    ]);
    history.event('a', finished('x', { at: 1500, snapshot: 'new' }));
    expect(history.run('a')?.transfers).toMatchObject([
      { plannedAt: 1100, endedAt: 1200, result: { snapshot: 'old' } },
      { plannedAt: 1400, endedAt: 1500, result: { snapshot: 'new' } },
    ]);
  });

  it('that finished stays finished when something fails after it', () => {
    begin('a');
    history.event('a', planned('x'));
    history.event('a', finished('x'));
    history.event('a', failed('x'));
    expect(history.run('a')?.transfers).toMatchObject([
      { result: { snapshot: 'ceph2zfs_2' }, error: null },
      { plan: null, result: null, error: { code: 'pool-full' } },
    ]);
  });

  it.each([
    ['the largest exact number', Number.MAX_SAFE_INTEGER],
    ['more than that', 2 ** 60],
    ['more than SQLite has integers for', 2 ** 70],
  ])('may have a size of %s', (_what, size) => {
    begin('a');
    history.event('a', planned('x', { estimatedBytes: size, resumeOffset: size }));
    history.event('a', finished('x', { size, bytesRead: size, bytesWritten: size }));
    history.event('a', finished('y', { size, bytesRead: size, bytesWritten: size }));
    expect(history.run('a')?.transfers[0]).toMatchObject({
      plan: { estimatedBytes: size, resumeOffset: size },
      result: { size, bytesRead: size, bytesWritten: size },
    });
    expect(history.sources()[0]?.lastSuccess?.bytesRead).toBe(size);
    expect(history.run('a')?.summary.bytesRead).toBe(2 * size);
  });
});

describe('the list of runs', () => {
  beforeEach(() => {
    begin('a', 'b');
    history.begin(runBegun('c', { job: 'homes' }));
    begin('d');
    history.event('b', runFinished('b', { outcome: 'failed' }));
    history.event('c', runFinished('c', { outcome: 'failed' }));
  });

  it('begins with the newest', () => {
    expect(idsOf({})).toEqual(['d', 'c', 'b', 'a']);
  });

  it('can be narrowed to a job and an outcome', () => {
    expect(idsOf({ job: 'vms' })).toEqual(['d', 'b', 'a']);
    expect(idsOf({ outcome: 'failed' })).toEqual(['c', 'b']);
    expect(idsOf({ outcome: null })).toEqual(['d', 'a']);
    expect(idsOf({ outcome: 'failed', job: 'vms' })).toEqual(['b']);
    expect(idsOf({ outcome: 'cancelled' })).toEqual([]);
  });

  it('comes page by page', () => {
    expect(idsOf({ limit: 2 })).toEqual(['d', 'c']);
    expect(idsOf({ limit: 2, before: 'c' })).toEqual(['b', 'a']);
    expect(idsOf({ limit: 2, before: 'a' })).toEqual([]);
    expect(idsOf({ limit: 2, before: 'd', job: 'vms', outcome: 'failed' })).toEqual(['b']);
  });

  it('is an error from a run on that nobody knows', () => {
    expect(() => idsOf({ before: 'z' })).toThrow(
      expect.objectContaining({ code: 'unknown-run', message: 'the history has no run z' }),
    );
  });
});

describe('a run by its id', () => {
  it('is found by what only its id begins with', () => {
    begin('0a1', '0a2', '0b', '1_', '1%');
    expect(history.run('0b')?.summary.id).toBe('0b');
    expect(history.run('0a1')?.summary.id).toBe('0a1');
    expect(history.run('1_')?.summary.id).toBe('1_');
    expect(history.run('1%')?.summary.id).toBe('1%');
    for (const unknown of ['', '2', '0a11', '_', '%', '*']) expect(history.run(unknown)).toBeNull();
  });

  it('is the one of exactly this id, even if others begin with it', () => {
    begin('0a', '0a1');
    expect(history.run('0a')?.summary.id).toBe('0a');
  });

  it('is an error that names some candidates when there are several', () => {
    begin('0a1', '0a2', '1');
    expect(() => history.run('0')).toThrow(
      expect.objectContaining({
        code: 'ambiguous-run',
        message: 'the ids of several runs begin with 0: 0a1, 0a2',
      }),
    );
    begin('0a3', '0a4', '0a5', '0a6', '0a7');
    expect(() => history.run('0a')).toThrow('0a1, 0a2, 0a3, 0a4, 0a5 and more');
  });
});

describe('a source', () => {
  it('has its last good backup, its last failure, and how often it failed since', () => {
    begin('a', 'b', 'c');
    history.event('a', failed('x', { at: 1 }));
    history.event('a', finished('x', { at: 2 }));
    expect(history.sources()).toMatchObject([
      { job: 'vms', source: 'x', lastFailure: { at: 1 }, failuresSinceSuccess: 0 },
    ]);
    history.event('b', failed('x', { at: 3 }));
    history.event('c', failed('x', { at: 4, error: errorReport('again') }));
    expect(history.sources()).toEqual([
      {
        job: 'vms',
        source: 'x',
        lastSuccess: {
          at: 2,
          run: 'a',
          dataset: 'tank/x',
          snapshot: 'ceph2zfs_2',
          bytesRead: 300,
          bytesWritten: 200,
          durationMs: 100,
        },
        lastFailure: { at: 4, run: 'c', error: errorReport('again') },
        failuresSinceSuccess: 2,
        failingSince: 3,
      },
    ]);
  });

  it('is another one in another job', () => {
    begin('a');
    history.begin(runBegun('b', { job: 'homes' }));
    history.event('a', finished('x'));
    history.event('b', failed('x'));
    history.event('b', finished('w'));
    expect(history.sources().map(({ job, source }) => `${job} ${source}`)).toEqual([
      'homes w',
      'homes x',
      'vms x',
    ]);
    expect(history.sources('vms')).toMatchObject([{ source: 'x', lastFailure: null }]);
  });

  it('is not backed up by a dry run, nor does it fail in one', () => {
    history.begin(runBegun('a', { dryRun: true }));
    history.event('a', planned('x'));
    history.event('a', failed('x'));
    expect(history.sources()).toEqual([]);
    expect(history.run('a')?.transfers).toHaveLength(1);
  });
});

describe('pruning', () => {
  it('removes what ended before, with all that belongs to it', () => {
    begin('a', 'b', 'c');
    history.event('a', finished('x'));
    history.event('a', warning());
    history.event('a', runFinished('a', { at: 2000 }));
    history.event('b', runFinished('b', { at: 2001 }));
    expect(history.prune(2001)).toBe(1);
    expect(idsOf({})).toEqual(['c', 'b']);
    using database = new DatabaseSync(path);
    for (const table of ['transfers', 'warnings', 'sources']) {
      expect(database.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
    }
  });

  it('leaves runs that go on, however old', () => {
    begin('a');
    expect(history.prune(Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(idsOf({})).toEqual(['a']);
  });

  it('removes any number', () => {
    const ids = Array.from({ length: 250 }, (_, index) => `run ${index}`);
    begin(...ids);
    history.closeInterrupted(1);
    begin('left');
    expect(history.prune(2)).toBe(250);
    expect(idsOf({})).toEqual(['left']);
  });

  it('still knows the last good backup of a source that has failed ever since', () => {
    begin('a', 'b');
    history.event('a', finished('x', { at: 1 }));
    history.event('a', finished('gone', { at: 1 }));
    history.event('a', runFinished('a', { at: 2 }));
    history.event('b', failed('x', { at: 3 }));
    history.event('b', runFinished('b', { at: 4 }));
    history.prune(3);
    expect(history.sources()).toMatchObject([
      { source: 'x', lastSuccess: { run: 'a', at: 1 }, lastFailure: { run: 'b' } },
    ]);
    history.prune(5);
    expect(history.sources()).toEqual([]);
  });
});

function emptyTransfer() {
  return { source: '', plannedAt: null, plan: null, endedAt: null, result: null, error: null };
}
