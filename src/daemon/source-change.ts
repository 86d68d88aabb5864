import type { RunEvent } from '../core/events.ts';
import type { SourceHistory } from '../state/history-records.ts';

type Ended = Extract<RunEvent, { readonly type: 'transfer-finished' | 'transfer-failed' }>;

/**
 * What is known of a source after the end of a transfer, as the history would say. The same event once more
 * changes nothing: what the history was asked for may be ahead of what is told.
 */
export function nextSource(
  known: SourceHistory | undefined,
  { job, run }: { readonly job: string; readonly run: string },
  event: Ended,
): SourceHistory {
  const { source, at } = event;
  const before = known ?? unknownSource(job, source);
  if (event.type === 'transfer-failed') {
    if (isSame(before.lastFailure, run, at)) return before;
    return {
      ...before,
      lastFailure: { at, run, error: event.error },
      failuresSinceSuccess: before.failuresSinceSuccess + 1,
      failingSince: before.failingSince ?? at,
    };
  }
  if (isSame(before.lastSuccess, run, at)) return before;
  const { dataset, snapshot, bytesRead, bytesWritten, durationMs } = event;
  return {
    ...before,
    lastSuccess: { at, run, dataset, snapshot, bytesRead, bytesWritten, durationMs },
    failuresSinceSuccess: 0,
    failingSince: null,
  };
}

function unknownSource(job: string, source: string): SourceHistory {
  const none = { lastSuccess: null, lastFailure: null };
  return { job, source, ...none, failuresSinceSuccess: 0, failingSince: null };
}

function isSame(
  last: { readonly run: string; readonly at: number } | null,
  run: string,
  at: number,
): boolean {
  return last?.run === run && last.at === at;
}
