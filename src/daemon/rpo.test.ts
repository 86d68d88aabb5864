import { expect, it } from 'vitest';
import { errorReport } from '../../test/support/history-events.ts';
import type { SourceHistory } from '../state/history-records.ts';
import { judgeRpo } from './rpo.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 25, 12);

function source(name: string, given: Partial<SourceHistory> = {}): SourceHistory {
  const none = { lastSuccess: null, lastFailure: null };
  return {
    job: 'vms',
    source: name,
    ...none,
    failuresSinceSuccess: 0,
    failingSince: null,
    ...given,
  };
}

function backedUp(name: string, snapshot: string, at = NOW): SourceHistory {
  const sizes = { bytesRead: 1, bytesWritten: 1, durationMs: 1 };
  return source(name, { lastSuccess: { at, run: 'r', dataset: 'tank/a', snapshot, ...sizes } });
}

function failing(name: string, failingSince: number): SourceHistory {
  const lastFailure = { at: NOW, run: 'r', error: errorReport('full') };
  return source(name, { lastFailure, failuresSinceSuccess: 3, failingSince });
}

it('counts the age of a backup from its snapshot, not from when its transfer ended', () => {
  const sources = [backedUp('rbd/slow', 'c2z_2026-11-25T08:00:00Z', NOW - HOUR)];
  expect(judgeRpo(4 * HOUR, sources, NOW).missed).toEqual([]);
  expect(judgeRpo(4 * HOUR - 1, sources, NOW)).toEqual({
    limitMs: 4 * HOUR - 1,
    missed: [{ source: 'rbd/slow', ageMs: 4 * HOUR }],
  });
});

it('takes the end of the transfer when the name of a snapshot does not tell', () => {
  const { missed } = judgeRpo(HOUR, [backedUp('rbd/a', 'by-hand', NOW - 2 * HOUR)], NOW);
  expect(missed).toEqual([{ source: 'rbd/a', ageMs: 2 * HOUR }]);
});

it('gives a source that was never backed up as long from its first failure', () => {
  const sources = [failing('rbd/new', NOW - HOUR), failing('rbd/old', NOW - 3 * HOUR)];
  expect(judgeRpo(2 * HOUR, sources, NOW).missed).toEqual([{ source: 'rbd/old', ageMs: null }]);
});

it('does not look at failures of a source that has a young backup', () => {
  const young = { ...backedUp('rbd/a', 'c2z_2026-11-25T11:00:00Z'), failingSince: 0 };
  expect(judgeRpo(2 * HOUR, [young], NOW).missed).toEqual([]);
});

it('tells the worst first', () => {
  const sources = [
    backedUp('rbd/b', 'c2z_2026-11-25T09:00:00Z'),
    backedUp('rbd/c', 'c2z_2026-11-24T09:00:00Z'),
    failing('rbd/z', 0),
    backedUp('rbd/a', 'c2z_2026-11-25T09:00:00Z'),
  ];
  const names = judgeRpo(HOUR, sources, NOW).missed.map(({ source }) => source);
  expect(names).toEqual(['rbd/z', 'rbd/c', 'rbd/a', 'rbd/b']);
});

it('takes a snapshot of the future, after the clock was set back, for a new one', () => {
  expect(judgeRpo(HOUR, [backedUp('rbd/a', 'c2z_2026-11-26T09:00:00Z')], NOW).missed).toEqual([]);
});
