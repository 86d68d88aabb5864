import { PassThrough } from 'node:stream';
import type { HookOutcome, RunEvent, RunEventBody, TreeCounts } from '../../core/events.ts';
import type { Renderer } from './renderer.ts';

const START = Date.UTC(2026, 10, 23, 14);
const SNAPSHOT = 'c2z_2026-11-23T14:00:00Z';

/** For tests: an event so many seconds after the start of a run. */
export function eventAt(seconds: number, body: RunEventBody): RunEvent {
  return { at: START + seconds * 1000, ...body };
}

/** For tests: the events of a run with one transfer that goes well, one that fails, and a warning. */
export function sampleRun(): RunEvent[] {
  const [good, bad] = ['rbd/vm-1', 'rbd/\u001b[31mvm-2'];
  return [
    eventAt(0, { type: 'run-started', run: 'r1', job: 'vms', task: 'back-up', dryRun: false }),
    eventAt(0, { type: 'sources-selected', sources: [good, bad] }),
    eventAt(1, {
      type: 'warning',
      source: good,
      code: 'diff',
      message: 'the object map is invalid',
      hint: 'Rebuild it.',
    }),
    eventAt(1, { type: 'transfer-phase', source: good, phase: 'planning' }),
    planned(good),
    eventAt(2, { type: 'transfer-phase', source: good, phase: 'copying' }),
    progress(12, good, 100),
    progress(13, good, 200),
    progress(14, good, 300),
    progress(22, good, 500),
    eventAt(30, {
      type: 'transfer-finished',
      source: good,
      dataset: 'tank/b/rbd/rbd/vm-1',
      snapshot: SNAPSHOT,
      mode: 'full',
      diff: 'exact',
      size: 2 ** 30,
      tree: null,
      bytesRead: 1000 * 2 ** 20,
      bytesWritten: 400 * 2 ** 20,
      durationMs: 29_000,
    }),
    eventAt(31, { type: 'transfer-phase', source: bad, phase: 'snapshot' }),
    eventAt(32, {
      type: 'transfer-failed',
      source: bad,
      error: {
        code: 'write-failed',
        message: 'cannot write\nat 4 MiB',
        retry: 'never',
        hint: 'Look at `zpool status`.',
        causes: ['EIO'],
      },
    }),
    eventAt(33, {
      type: 'run-finished',
      run: 'r1',
      job: 'vms',
      outcome: 'failed',
      succeeded: 1,
      failed: 1,
      warnings: 1,
      durationMs: 33_000,
      peakRssBytes: 0,
      error: null,
    }),
  ];
}

/** For tests: a plan, so many seconds after the start. */
export function planned(source: string): Extract<RunEvent, { type: 'transfer-planned' }> {
  return {
    at: START + 1000,
    type: 'transfer-planned',
    source,
    dataset: `tank/b/rbd/${source}`,
    createsDataset: true,
    mode: 'full',
    reason: 'first',
    beside: null,
    base: null,
    resumeOffset: 0,
    estimatedBytes: 5 * 2 ** 30,
  };
}

/** For tests: progress of 1000 MiB in all. */
export function progress(seconds: number, source: string, mib: number): RunEvent {
  const bytesDone = mib * 2 ** 20;
  return eventAt(seconds, {
    type: 'transfer-progress',
    source,
    bytesDone,
    bytesTotal: 1000 * 2 ** 20,
    bytesWritten: bytesDone / 2,
    entries: null,
  });
}

/** For tests: progress of a tree. */
export function treeProgress(
  seconds: number,
  source: string,
  entries: number,
  mib: number,
): Extract<RunEvent, { type: 'transfer-progress' }> {
  const bytesDone = mib * 2 ** 20;
  return {
    at: START + seconds * 1000,
    type: 'transfer-progress',
    source,
    bytesDone,
    bytesTotal: null,
    bytesWritten: bytesDone,
    entries,
  };
}

/** For tests: a transfer of a tree that went well. */
export function treeFinished(
  seconds: number,
  source: string,
  counts: Partial<TreeCounts>,
  mode: 'full' | 'incremental' = 'incremental',
): Extract<RunEvent, { type: 'transfer-finished' }> {
  return {
    at: START + seconds * 1000,
    type: 'transfer-finished',
    source,
    dataset: `tank/b/cephfs/cephfs${source}`,
    snapshot: SNAPSHOT,
    mode,
    diff: null,
    size: 2 ** 30,
    tree: { ...NO_COUNTS, ...counts },
    bytesRead: 10 * 2 ** 20,
    bytesWritten: 4 * 2 ** 20,
    durationMs: 18_000,
  };
}

/** For tests: a hook that begins. */
export function hookStarted(source: string | null) {
  return {
    type: 'hook-started',
    hook: 'before_snapshot',
    source,
    command: '/bin/freeze',
  } as const;
}

/** For tests: a hook that is done. */
export function hookFinished(source: string | null, outcome: HookOutcome) {
  return { ...hookStarted(source), type: 'hook-finished', durationMs: 400, outcome } as const;
}

const NO_COUNTS: TreeCounts = {
  compared: 0,
  scanned: 0,
  pruned: 0,
  full: false,
  created: 0,
  changed: 0,
  rechecked: 0,
  renamed: 0,
  linked: 0,
  removed: 0,
  skipped: 0,
};

/** For tests: a stream whose text can be asked for. */
export function recordingStream(properties: object = {}) {
  const stream = Object.assign(new PassThrough(), properties);
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { stream, lines: () => text.split('\n').slice(0, -1), text: () => text };
}

/** For tests: shows all events with a renderer. */
export function play(renderer: Renderer, events: readonly RunEvent[]): void {
  for (const event of events) renderer.event(event);
  renderer.close();
}
