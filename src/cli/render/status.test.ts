import { describe, expect, it } from 'vitest';
import { daemonStatus, jobStatus, NOW } from '../../../test/fakes/control.ts';
import type { JobStatus } from '../../http/schemas.ts';
import { statusLines } from './status.ts';

const ERROR = {
  code: 'pool-full',
  message: 'the pool is full',
  retry: 'backoff',
  hint: 'Free space.',
  causes: [],
} as const;

const ENDED: NonNullable<JobStatus['last']> = {
  run: 'r1',
  cause: 'schedule',
  dryRun: false,
  outcome: 'ok',
  at: NOW - 120_000,
  durationMs: 1000,
  succeeded: 3,
  failed: 0,
  failures: [],
  error: null,
  warnings: 1,
};

const RUNNING: NonNullable<JobStatus['running']> = {
  run: 'r2',
  cause: 'schedule',
  startedAt: NOW - 5000,
  dueAt: NOW - 5000,
  dryRun: false,
  cancelling: false,
  selected: 4,
  succeeded: 1,
  failed: 0,
  warnings: 0,
  sources: [
    {
      source: 'rbd/vm-1',
      phase: 'copying',
      since: NOW - 3000,
      bytesDone: 1024 ** 3,
      bytesTotal: 4 * 1024 ** 3,
      entries: null,
      bytesPerSecond: 100 * 1024 ** 2,
      etaSeconds: 31,
    },
  ],
};

function success(source: string, at: number) {
  const facts = { run: 'r', dataset: 'd', snapshot: 's', bytesRead: 0, bytesWritten: 0 };
  const lastSuccess = { at, durationMs: 1, ...facts };
  return {
    job: 'vms',
    source,
    lastSuccess,
    lastFailure: null,
    failuresSinceSuccess: 0,
    failingSince: null,
  };
}

describe('the status', () => {
  it('shows a job that is well on one line, with the age of its oldest backup', () => {
    const status = daemonStatus({ jobs: [jobStatus({ last: ENDED })] });
    const sources = [success('rbd/a', NOW - 60_000), success('rbd/b', NOW - 7_200_000)];
    expect(statusLines(status, sources)).toEqual(
      [
        'JOB  STATE    LAST RUN                   OLDEST BACKUP  NEXT RUN   SCHEDULE',
        'vms  waiting  ok, 2m00s ago, 1 warning  2h00m          in 1m01s  every 15 minutes',
        'daemon 1.2.3, pid 4711, up 1h00m, at most 2 runs at a time',
      ].map((line) =>
        expect.stringMatching(
          new RegExp(`^${line.replaceAll(/ +/g, ' +').replaceAll('.', '\\.')}$`),
        ),
      ),
    );
  });

  it('shows what goes on, and how far it is', () => {
    const lines = statusLines(daemonStatus({ jobs: [jobStatus({ running: RUNNING })] }), []);
    expect(lines[1]).toMatch(/^vms +running 1\/4 /);
    expect(lines[2]).toBe(
      '  vms: rbd/vm-1: copying for 3s, 1.0 GiB of 4.0 GiB, 25%, 100 MiB/s, 31s left',
    );
  });

  it('says nothing of a rate and of the time left that nobody knows', () => {
    const tree = { source: 'fs/home', phase: 'scanning', since: NOW - 3000, bytesTotal: null };
    const known = { ...tree, bytesDone: 5 * 1024 ** 2, entries: 7, etaSeconds: null };
    const sources = [
      { ...known, bytesPerSecond: 1024 },
      { ...known, bytesPerSecond: null },
    ];
    const running = { ...RUNNING, sources };
    const lines = statusLines(daemonStatus({ jobs: [jobStatus({ running })] }), []);
    expect(lines.slice(2, 4)).toEqual([
      '  vms: fs/home: scanning for 3s, 7 entries, 5.0 MiB, 1.0 KiB/s',
      '  vms: fs/home: scanning for 3s, 7 entries, 5.0 MiB',
    ]);
  });

  it('puts what is wrong first, with what to do', () => {
    const failed = {
      ...ENDED,
      outcome: 'failed',
      failed: 1,
      failures: [{ source: 'rbd/vm-9', error: ERROR }],
    } as const;
    const jobs = [
      jobStatus({ name: 'a-well' }),
      jobStatus({ name: 'broken', problem: { ...ERROR, message: 'no disk' } }),
      jobStatus({ name: 'failed', last: failed, retry: { at: NOW + 60_000, attempt: 2 } }),
    ];
    const lines = statusLines(daemonStatus({ jobs, problems: [ERROR] }), []);
    expect(lines.slice(0, 10)).toEqual([
      'the pool is full',
      '  hint: Free space.',
      '',
      'failed: broken',
      '  no disk',
      '    hint: Free space.',
      '',
      'failed: failed: rbd/vm-9',
      '  the pool is full',
      '    hint: Free space.',
    ]);
    const names = lines.map((line) => /^(broken|failed|a-well) {2}/.exec(line)?.[1]);
    expect(names.filter((name) => name !== undefined)).toEqual(['broken', 'failed', 'a-well']);
    expect(lines.join('\n')).toMatch(/failed +retry 2 +FAILED, 2m00s ago, 1 failed/);
  });

  it('says loudly of a source that it was never backed up', () => {
    const never = { ...success('rbd/a', 0), lastSuccess: null };
    expect(statusLines(daemonStatus(), [never])[1]).toContain('1 source NEVER');
  });
});
