import { expect, it } from 'vitest';
import type { RunEvent } from '../../core/events.ts';
import { createPlainRenderer } from './plain.ts';
import {
  eventAt,
  hookFinished,
  hookStarted,
  planned,
  play,
  progress,
  recordingStream,
  sampleRun,
  treeFinished,
  treeProgress,
} from './sample-run.ts';

it('tells a run in lines, and what went wrong on standard error', () => {
  const { stdout, stderr } = shown(sampleRun());
  expect(stdout).toEqual([
    '2026-11-23T14:00:00Z vms: run r1 started',
    '2026-11-23T14:00:00Z 2 sources selected',
    '2026-11-23T14:00:01Z rbd/vm-1: planning',
    '2026-11-23T14:00:01Z rbd/vm-1: full: nothing on the target yet, to tank/b/rbd/rbd/vm-1 (new)',
    '2026-11-23T14:00:02Z rbd/vm-1: copying',
    '2026-11-23T14:00:12Z rbd/vm-1: copying 100 MiB of 1000 MiB, 10%',
    '2026-11-23T14:00:22Z rbd/vm-1: copying 500 MiB of 1000 MiB, 50%, 40.0 MiB/s, 13s left',
    '2026-11-23T14:00:30Z rbd/vm-1: done: full, read 1000 MiB, wrote 400 MiB, 29s, c2z_2026-11-23T14:00:00Z',
    '2026-11-23T14:00:31Z rbd/\\x1b[31mvm-2: snapshot',
    'vms: failed: 1 of 2 sources backed up, 1 failed, 1 warning, read 1000 MiB, wrote 400 MiB, 33s',
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

it('tells a run over trees: entries instead of a share, what was done, and loudly what is missing', () => {
  const { stdout, stderr } = shown([
    eventAt(0, { type: 'run-started', run: 'r1', job: 'homes', task: 'back-up', dryRun: false }),
    eventAt(0, { type: 'sources-selected', sources: ['/home'] }),
    eventAt(1, { type: 'transfer-phase', source: '/home', phase: 'settling' }),
    eventAt(2, { type: 'transfer-phase', source: '/home', phase: 'scanning' }),
    treeProgress(3, '/home', 1, 0),
    treeProgress(13, '/home', 20_000, 0),
    treeProgress(15, '/home', 21_000, 0),
    eventAt(20, { type: 'transfer-phase', source: '/home', phase: 'copying' }),
    treeProgress(25, '/home', 30_000, 100),
    treeProgress(26, '/home', 30_000, 200),
    treeProgress(35, '/home', 31_000, 1100),
    treeFinished(40, '/home', {
      compared: 31_000,
      scanned: 5,
      pruned: 310,
      created: 12,
      skipped: 2,
    }),
    finishedRun(41),
  ]);
  expect(stdout.slice(2)).toEqual([
    '2026-11-23T14:00:01Z /home: settling',
    '2026-11-23T14:00:02Z /home: scanning',
    '2026-11-23T14:00:03Z /home: scanning 1 entry, 0 B copied',
    '2026-11-23T14:00:13Z /home: scanning 20000 entries, 0 B copied',
    '2026-11-23T14:00:20Z /home: copying',
    '2026-11-23T14:00:25Z /home: copying 30000 entries, 100 MiB copied',
    '2026-11-23T14:00:35Z /home: copying 31000 entries, 1.1 GiB copied, 100 MiB/s',
    '2026-11-23T14:00:40Z /home: done: incremental, PARTIAL: 2 entries could not be copied, 12 created; 31000 entries compared, 5 directories scanned, 310 pruned, read 10.0 MiB, wrote 4.0 MiB, 18s, c2z_2026-11-23T14:00:00Z',
    'homes: ok: 1 of 1 source backed up, 1 PARTIAL, read 10.0 MiB, wrote 4.0 MiB, 41s',
  ]);
  expect(stderr).toEqual(['/home: PARTIAL: 2 entries could not be copied']);
});

it('tells each hook once it is done', () => {
  const { stdout } = shown([
    eventAt(0, hookStarted('rbd/a')),
    eventAt(1, hookFinished('rbd/\u001b[31ma', 'ok')),
    eventAt(2, hookFinished(null, 'timeout')),
  ]);
  expect(stdout).toEqual([
    '2026-11-23T14:00:01Z rbd/\\x1b[31ma: before_snapshot hook /bin/freeze: ok, 0.4s',
    '2026-11-23T14:00:02Z before_snapshot hook /bin/freeze: timeout, 0.4s',
  ]);
});

it('tells progress of which nobody knows the end', () => {
  const copying = eventAt(0, { type: 'transfer-phase', source: 'rbd/a', phase: 'copying' });
  const { stdout } = shown([copying, { ...treeProgress(10, 'rbd/a', 0, 3), entries: null }]);
  expect(stdout.at(-1)).toBe('2026-11-23T14:00:10Z rbd/a: copying 3.0 MiB');
});

it('shows no number where a dry run cannot tell how much would be read', () => {
  const { stdout } = shown([
    eventAt(0, { type: 'run-started', run: 'r1', job: 'homes', task: 'back-up', dryRun: true }),
    eventAt(0, { type: 'sources-selected', sources: ['/home'] }),
    { ...planned('/home'), base: 'c2z_a', mode: 'incremental', estimatedBytes: null },
    finishedRun(2),
  ]);
  expect(stdout.at(-2)).toMatch(/^\/home {3}incremental {8}- {2}from c2z_a/);
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
    eventAt(0, { type: 'run-started', run: 'r1', job: 'vms', task: 'back-up', dryRun: true }),
    eventAt(0, { type: 'sources-selected', sources: ['rbd/a'] }),
    planned('rbd/a'),
    { ...finishedRun(2), job: 'vms' },
  ]);
  expect(stdout.slice(-3)).toEqual([
    'SOURCE  TRANSFER  TO READ  WHY                        DATASET',
    'rbd/a   full      5.0 GiB  nothing on the target yet  tank/b/rbd/rbd/a (new)',
    'vms: ok: 1 of 1 source planned, 2s',
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

function finishedRun(seconds: number): Extract<RunEvent, { type: 'run-finished' }> {
  return {
    at: eventAt(seconds, { type: 'sources-selected', sources: [] }).at,
    type: 'run-finished',
    run: 'r1',
    job: 'homes',
    outcome: 'ok',
    succeeded: 1,
    failed: 0,
    warnings: 0,
    durationMs: seconds * 1000,
    peakRssBytes: 0,
    error: null,
  };
}

function shown(events: Parameters<typeof play>[1]) {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  play(createPlainRenderer(stdout.stream, stderr.stream), events);
  return { stdout: stdout.lines(), stderr: stderr.lines() };
}

it('tells of the snapshot of a group', () => {
  const event = eventAt(0, {
    type: 'group-snapshot',
    group: 'rbd/shop\x1b',
    snapshot: 'c2z_2026-11-23T14:00:00Z',
    sources: ['rbd/a', 'rbd/b'],
  });
  expect(shown([event]).stdout).toEqual([
    '2026-11-23T14:00:00Z group rbd/shop\\x1b: snapshot c2z_2026-11-23T14:00:00Z of 2 images',
  ]);
});
