import { expect, it } from 'vitest';
import { createPlainRenderer } from './plain.ts';
import { eventAt, planned, play, progress, recordingStream, sampleRun } from './sample-run.ts';

it('tells a run in lines, and what went wrong on standard error', () => {
  const { stdout, stderr } = shown(sampleRun());
  expect(stdout).toEqual([
    '2026-11-23T14:00:00Z vms: run r1 started',
    '2026-11-23T14:00:00Z 2 images selected',
    '2026-11-23T14:00:01Z rbd/vm-1: planning',
    '2026-11-23T14:00:01Z rbd/vm-1: full: nothing on the target yet, to tank/b/rbd/rbd/vm-1 (new)',
    '2026-11-23T14:00:02Z rbd/vm-1: copying',
    '2026-11-23T14:00:12Z rbd/vm-1: copying 100 MiB of 1000 MiB, 10%',
    '2026-11-23T14:00:22Z rbd/vm-1: copying 500 MiB of 1000 MiB, 50%, 40.0 MiB/s, 13s left',
    '2026-11-23T14:00:30Z rbd/vm-1: done: full, read 1000 MiB, wrote 400 MiB, 29s, c2z_2026-11-23T14:00:00Z',
    '2026-11-23T14:00:31Z rbd/\\x1b[31mvm-2: snapshot',
    'vms: failed: 1 of 2 images backed up, 1 failed, 1 warning, read 1000 MiB, wrote 400 MiB, 33s',
  ]);
  expect(stderr).toEqual([
    '2026-11-23T14:00:01Z warning: rbd/vm-1: the object map is invalid (Rebuild it.)',
    '2026-11-23T14:00:32Z rbd/\\x1b[31mvm-2: failed: cannot write',
    'failed: rbd/\\x1b[31mvm-2',
    '  cannot write',
    '    at 4 MiB',
    '    cause: EIO',
    '    hint: Look at `zpool status`.',
  ]);
});

it('tells progress every ten seconds at most', () => {
  const events = Array.from({ length: 600 }, (_, index) => progress(index / 10, 'rbd/a', index));
  const { stdout } = shown([
    eventAt(0, { type: 'transfer-phase', source: 'rbd/a', phase: 'copying' }),
    ...events,
  ]);
  expect(stdout.filter((line) => line.includes(' of '))).toHaveLength(6);
});

it('shows what a dry run would do, as a table', () => {
  const { stdout } = shown([
    eventAt(0, { type: 'run-started', run: 'r1', job: 'vms', dryRun: true }),
    eventAt(0, { type: 'sources-selected', sources: ['rbd/a'] }),
    planned('rbd/a'),
    eventAt(2, {
      type: 'run-finished',
      run: 'r1',
      job: 'vms',
      outcome: 'ok',
      succeeded: 1,
      failed: 0,
      warnings: 0,
      durationMs: 2000,
      peakRssBytes: 0,
      error: null,
    }),
  ]);
  expect(stdout.slice(-3)).toEqual([
    'IMAGE  TRANSFER  TO READ  WHY                        DATASET',
    'rbd/a  full      5.0 GiB  nothing on the target yet  tank/b/rbd/rbd/a (new)',
    'vms: ok: 1 of 1 image planned, 2s',
  ]);
});

it('shows why a run as a whole failed', () => {
  const { stdout, stderr } = shown([
    eventAt(1, {
      type: 'run-finished',
      run: 'r1',
      job: 'vms',
      outcome: 'failed',
      succeeded: 0,
      failed: 0,
      warnings: 0,
      durationMs: 900,
      peakRssBytes: 0,
      error: { code: 'c', message: 'no cluster', retry: 'backoff', causes: ['timeout'], hint: 'h' },
    }),
  ]);
  expect(stderr).toEqual(['error: no cluster', '  cause: timeout', '  hint: h']);
  expect(stdout).toEqual(['vms: failed: 0.9s']);
});

function shown(events: Parameters<typeof play>[1]) {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  play(createPlainRenderer(stdout.stream, stderr.stream), events);
  return { stdout: stdout.lines(), stderr: stderr.lines() };
}
