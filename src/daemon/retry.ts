import { backoffOf } from './backoff.ts';
import { isPassing } from './progress.ts';
import { type Context, isScheduled, type JobRecord, type RunningRun } from './record.ts';

/** What the end of a run means for the attempts at it. */
export type Verdict =
  /** It is tried again. */
  | 'again'
  /** All went well, or to try again would change nothing, or somebody did not want it. */
  | 'over'
  /** It says nothing of them. */
  | 'nothing';

/** The run has told its end. */
export function verdictOf({
  begun: { cause, dryRun },
  request: { only },
  result,
  progress,
}: Pick<RunningRun, 'begun' | 'request' | 'result' | 'progress'>): Verdict {
  if (result?.outcome === 'ok') return dryRun || only !== null ? 'nothing' : 'over';
  if (cause === 'trigger') return 'nothing';
  if (result === null || result.outcome === 'cancelled') return 'over';
  const mayWork = progress.mayWorkAgain || (result.error !== null && isPassing(result.error));
  return mayWork ? 'again' : 'over';
}

/** Plans the next attempt after a run, or gives up those that were planned. */
export function planRetry(context: Context, record: JobRecord, run: RunningRun, now: number): void {
  const verdict = verdictOf(run);
  if (verdict === 'nothing') return;
  record.retry = null;
  if (verdict === 'over') record.attempt = 0;
  else if (isScheduled(record)) {
    record.attempt++;
    const at = now + backoffOf(record.name, now, record.attempt);
    record.retry = { at, dueAt: run.begun.dueAt };
    const { name: job, attempt } = record;
    context.feed.emit({ type: 'retry-planned', job, at, attempt });
  }
}
