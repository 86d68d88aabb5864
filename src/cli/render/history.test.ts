import { expect, it } from 'vitest';
import type { RunDetail, RunSummary } from '../../http/schemas.ts';
import { runDetailLines, runsLines } from './history.ts';

const SUMMARY: RunSummary = {
  id: '75d91dfe-2113-41f9-a417-b65202f3b043',
  job: 'vms',
  cause: 'schedule',
  startedAt: Date.UTC(2026, 10, 25, 12),
  dueAt: null,
  dryRun: false,
  outcome: 'failed',
  endedAt: Date.UTC(2026, 10, 25, 12, 1),
  succeeded: 1,
  failed: 1,
  warnings: 1,
  bytesRead: 2048,
  bytesWritten: 1024,
  durationMs: 60_000,
  peakRssBytes: 1,
  error: null,
};

const DETAIL: RunDetail = {
  summary: SUMMARY,
  transfers: [
    {
      source: 'rbd/a',
      plannedAt: 0,
      plan: { dataset: 't/a', mode: 'incremental', reason: null, base: 's0' },
      endedAt: 1,
      result: {
        dataset: 't/a',
        snapshot: 's1',
        mode: 'incremental',
        size: 9,
        bytesRead: 2048,
        bytesWritten: 1024,
        durationMs: 1000,
      },
      error: null,
    },
    {
      source: 'rbd/b',
      plannedAt: null,
      plan: null,
      endedAt: 1,
      result: null,
      error: { code: 'x', message: 'it is\nbroken', retry: 'never', causes: ['because'] },
    },
  ],
  warnings: [{ at: SUMMARY.startedAt, source: 'rbd/a', code: 'w', message: 'hm', hint: null }],
};

it('shows a run on one line', () => {
  const running = { ...SUMMARY, outcome: null, endedAt: null, durationMs: null };
  const lines = runsLines([SUMMARY, running], SUMMARY.startedAt + 5000);
  expect(lines[1]).toMatch(
    /^75d91dfe +vms +2026-11-25 12:00:00Z +schedule +FAILED +2 +1 +2\.0 KiB +1\.0 KiB +1m00s$/,
  );
  expect(lines[2]).toMatch(/ runs .* 5s$/);
  expect(runsLines([], 0)).toEqual(['no runs']);
});

it('shows all that is known of a run, errors whole', () => {
  expect(runDetailLines(DETAIL)).toEqual([
    'run 75d91dfe-2113-41f9-a417-b65202f3b043 of job vms (schedule), 2026-11-25 12:00:00Z: FAILED',
    'ok rbd/a: incremental, read 2.0 KiB, wrote 1.0 KiB, 1s, t/a@s1',
    'failed: rbd/b',
    '  it is',
    '    broken',
    '    cause: because',
    '2026-11-25 12:00:00Z warning: rbd/a: hm',
  ]);
});
