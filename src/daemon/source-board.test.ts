import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  failed,
  finished,
  planned,
  runBegun,
  runFinished,
  warning,
} from '../../test/support/history-events.ts';
import type { RunEvent } from '../core/events.ts';
import { type History, openHistory } from '../state/history.ts';
import type { RunBegun } from '../state/history-records.ts';
import type { DaemonEvent } from './feed.ts';
import { createSourceBoard } from './source-board.ts';

let folder: string;
let history: History;
let listeners: Set<(event: DaemonEvent) => void>;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ceph2zfs-board-`);
  history = openHistory(`${folder}/history.sqlite`);
  listeners = new Set();
});
afterEach(() => {
  history[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const supervisor = {
  subscribe(listener: (event: DaemonEvent) => void): Disposable {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  },
};

type GivenRun = Partial<RunBegun> & { readonly only?: string };

/** A run as the supervisor tells it to the history and then to all who listen. */
function run(id: string, events: readonly RunEvent[], given: GivenRun = {}): void {
  const begun = { ...runBegun(id, given), only: given.only ?? null };
  const tell = (event: unknown): void => {
    for (const listener of listeners) listener(event as DaemonEvent);
  };
  history.begin(begun);
  tell({ type: 'run-begun', run: begun });
  for (const event of [...events, runFinished(id)]) {
    history.event(id, event);
    tell({ type: 'run-event', job: begun.job, run: id, event });
  }
  tell({ type: 'run-ended', job: begun.job, run: id });
}

function selected(...sources: string[]): RunEvent {
  return { type: 'sources-selected', at: 1, sources };
}

describe('the sources of a job', () => {
  it('are what the history says of them, before and after a run', () => {
    run('r1', [selected('a', 'b'), finished('a'), failed('b', { at: 5 })]);
    using board = createSourceBoard(history, supervisor);
    expect(board.sources('vms')).toEqual(history.sources());
    run('r2', [selected('a', 'b'), failed('a', { at: 7 }), failed('b', { at: 8 })]);
    expect(board.sources('vms')).toEqual(history.sources());
    run('r3', [selected('a', 'b'), finished('a', { at: 9 }), finished('b', { at: 10 })]);
    expect(board.sources('vms')).toEqual(history.sources());
    expect(board.sources('homes')).toEqual([]);
  });

  it('are not changed by what the history knew before it was told here', () => {
    run('r1', [selected('a'), failed('a')]);
    using board = createSourceBoard(history, supervisor);
    for (const listener of listeners) {
      listener({ seq: 1, at: 1, type: 'run-begun', run: { ...runBegun('r1'), only: null } });
      listener({ seq: 2, at: 1, type: 'run-event', job: 'vms', run: 'r1', event: failed('a') });
    }
    expect(board.sources('vms')).toMatchObject([{ failuresSinceSuccess: 1 }]);
  });

  it('are not those of a run that only shows what it would do', () => {
    using board = createSourceBoard(history, supervisor);
    run('r1', [selected('a'), planned('a'), failed('a')], { dryRun: true });
    expect(board.sources('vms')).toEqual([]);
  });

  it('leave when they are gone from the history', () => {
    using board = createSourceBoard(history, supervisor);
    run('r1', [selected('a'), finished('a')]);
    history.prune(5000);
    expect(board.sources('vms')).toHaveLength(1);
    board.refresh();
    expect(board.sources('vms')).toEqual([]);
  });

  it('stay known while the history cannot be read, or lacks what could not be written', () => {
    const broken = {
      problem: null as History['problem'],
      sources: () => history.sources(),
      runs: () => [],
      run: () => null,
    };
    using board = createSourceBoard(broken, supervisor);
    run('r1', [selected('a'), finished('a')]);
    broken.sources = () => {
      throw new Error('damaged');
    };
    board.refresh();
    expect(board.sources('vms')).toHaveLength(1);
    broken.sources = () => [];
    broken.problem = { code: 'history-write', message: 'full', retry: 'backoff', causes: [] };
    board.refresh();
    expect(board.sources('vms')).toHaveLength(1);
  });
});

describe('a source that is no longer selected', () => {
  const both = [selected('a', 'b'), finished('a'), finished('b')];
  const onlyA = [selected('a'), finished('a', { at: 3000 })];
  const names = (board: ReturnType<typeof createSourceBoard>): string[] =>
    board.sources('vms').map(({ source }) => source);

  it('leaves with the next whole run, and comes back when it is selected again', () => {
    using board = createSourceBoard(history, supervisor);
    run('r1', both);
    run('r2', onlyA);
    expect(names(board)).toEqual(['a']);
    run('r3', [selected('a', 'b')]);
    expect(names(board)).toEqual(['a', 'b']);
  });

  it('is not found out by a run for some sources only', () => {
    using board = createSourceBoard(history, supervisor);
    run('r1', both);
    run('r2', onlyA, { only: 'a' });
    expect(names(board)).toEqual(['a', 'b']);
  });

  it('is not found out when something could not be looked into, but by a pattern without a match', () => {
    using board = createSourceBoard(history, supervisor);
    run('r1', both);
    run('r2', [warning({ code: 'permission-denied' }), ...onlyA]);
    expect(names(board)).toEqual(['a', 'b']);
    run('r3', [warning({ code: 'pattern-unmatched' }), ...onlyA]);
    expect(names(board)).toEqual(['a']);
  });

  it('is known after a restart, by the last run that tells', () => {
    run('r1', both);
    run('r2', onlyA);
    run('r3', [selected('b'), finished('b')], { cause: 'trigger', only: 'b' });
    run('r4', [selected('a', 'b'), planned('b')], { dryRun: true });
    using board = createSourceBoard(history, supervisor);
    expect(names(board)).toEqual(['a']);
  });

  it('stays after a restart when the last run could not look into something', () => {
    run('r1', both);
    run('r2', [warning({ code: 'permission-denied' }), ...onlyA]);
    using board = createSourceBoard(history, supervisor);
    expect(names(board)).toEqual(['a', 'b']);
  });
});
