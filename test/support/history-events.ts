import type { ErrorReport } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { RunBegun } from '../../src/state/history-records.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** A run, and events of it: each is a whole one of its kind, but for what is given. */

export function runBegun(id: string, given: Partial<RunBegun> = {}): RunBegun {
  const begun = { id, job: 'vms', cause: 'schedule', startedAt: 1000, dueAt: 900, dryRun: false };
  return { ...(begun as RunBegun), ...given };
}

export function planned(
  source: string,
  given: Partial<EventOf<'transfer-planned'>> = {},
): EventOf<'transfer-planned'> {
  return {
    type: 'transfer-planned',
    at: 1100,
    source,
    dataset: `tank/${source}`,
    createsDataset: false,
    mode: 'incremental',
    reason: null,
    beside: null,
    base: 'ceph2zfs_1',
    resumeOffset: 0,
    estimatedBytes: null,
    ...given,
  };
}

export function finished(
  source: string,
  given: Partial<EventOf<'transfer-finished'>> = {},
): EventOf<'transfer-finished'> {
  return {
    type: 'transfer-finished',
    at: 1200,
    source,
    dataset: `tank/${source}`,
    snapshot: 'ceph2zfs_2',
    mode: 'incremental',
    diff: 'fast',
    size: 4096,
    tree: null,
    bytesRead: 300,
    bytesWritten: 200,
    durationMs: 100,
    ...given,
  };
}

export function errorReport(message: string): ErrorReport {
  const causes = ['zfs said:\nno space', 'ENOSPC'];
  return { code: 'pool-full', message, retry: 'backoff', hint: 'Free space.', causes };
}

export function failed(
  source: string,
  given: Partial<EventOf<'transfer-failed'>> = {},
): EventOf<'transfer-failed'> {
  return { type: 'transfer-failed', at: 1300, source, error: errorReport('full'), ...given };
}

export function warning(given: Partial<EventOf<'warning'>> = {}): EventOf<'warning'> {
  const text = { code: 'snapshot-kept', message: 'it stays', hint: null };
  return { type: 'warning', at: 1150, source: null, ...text, ...given };
}

export function runFinished(
  run: string,
  given: Partial<EventOf<'run-finished'>> = {},
): EventOf<'run-finished'> {
  return {
    type: 'run-finished',
    at: 2000,
    run,
    job: 'vms',
    outcome: 'ok',
    succeeded: 1,
    failed: 0,
    warnings: 0,
    durationMs: 1000,
    peakRssBytes: 100_000_000,
    error: null,
    ...given,
  };
}
