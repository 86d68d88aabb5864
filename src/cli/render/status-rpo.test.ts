import { expect, it } from 'vitest';
import { daemonStatus, jobStatus, NOW } from '../../../test/fakes/control.ts';
import type { SourceHistory } from '../../http/schemas.ts';
import { statusLines } from './status.ts';

const HOUR = 3_600_000;

function missing(count: number) {
  const missed = Array.from({ length: count }, (_, at) => ({
    source: `rbd/${at}`,
    ageMs: at === 0 ? null : 50 * HOUR,
  }));
  return { limitMs: 26 * HOUR, missed };
}

it('puts a job that misses its rpo first of all, and says loudly what it lacks', () => {
  const error = { code: 'pool-full', message: 'full', retry: 'backoff', causes: [] } as const;
  const jobs = [
    jobStatus({ name: 'a', problem: error }),
    jobStatus({ name: 'b', rpo: { limitMs: HOUR, missed: [] } }),
    jobStatus({ name: 'z', rpo: missing(7) }),
  ];
  const lines = statusLines(daemonStatus({ jobs }), []);
  expect(lines.slice(0, 8)).toEqual([
    'RPO MISSED: z: 7 sources without a backup of the last 1d2h',
    '  rbd/0: NEVER backed up',
    '  rbd/1: 2d02h old',
    '  rbd/2: 2d02h old',
    '  rbd/3: 2d02h old',
    '  rbd/4: 2d02h old',
    '  and 2 more',
    '',
  ]);
  const rows = lines.filter((line) => /^[abz] /.test(line));
  expect(rows.map((row) => [row[0], row.includes('RPO MISSED')])).toEqual([
    ['z', true],
    ['a', false],
    ['b', false],
  ]);
});

it('counts the age of the oldest backup from its snapshot', () => {
  const sizes = { bytesRead: 0, bytesWritten: 0, durationMs: 0 };
  const source: SourceHistory = {
    job: 'vms',
    source: 'rbd/a',
    lastSuccess: {
      at: NOW - HOUR,
      run: 'r',
      dataset: 'tank/a',
      snapshot: 'c2z_2026-11-25T07:00:00Z',
      ...sizes,
    },
    lastFailure: null,
    failuresSinceSuccess: 0,
    failingSince: null,
  };
  const row = statusLines(daemonStatus(), [source]).find((line) => line.startsWith('vms'));
  expect(row).toContain('5h00m');
});
