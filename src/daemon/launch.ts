import { randomUUID } from 'node:crypto';
import { reportError } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import type { RunHandle, RunOrder, RunResult } from '../runner/start.ts';
import type { BegunRun } from './ports.ts';
import { NO_PROGRESS, nextProgress } from './progress.ts';
import type { Context, JobRecord, RunningRun, WaitingRun } from './record.ts';

/**
 * Starts the run that waits; `onOver` is called once its process has ended and the end is told. When it cannot be started, it
 * is a run that failed.
 */
export function launch(
  context: Context,
  record: JobRecord,
  waiting: WaitingRun,
  onOver: (run: RunningRun, result: RunResult) => void,
): Promise<void> {
  const { cause, dueAt, request } = waiting;
  const order: RunOrder = { job: record.configured.job, ...request };
  const startedAt = context.clock.now();
  const handle = startOrFail(context, order, startedAt, (event) => tell(context, run, event));
  const { dryRun, only } = request;
  const job = record.name;
  const begun: BegunRun = { id: handle.run, job, cause, startedAt, dueAt, dryRun, only };
  const run: RunningRun = {
    begun,
    request,
    progress: NO_PROGRESS,
    result: null,
    cancelAsked: false,
    cancel() {
      run.cancelAsked = true;
      handle.cancel('SIGTERM');
    },
  };
  record.waiting = null;
  record.running = run;
  context.history.begin(begun);
  context.feed.emit({ type: 'run-begun', run: begun });
  return handle.done.then((result) => {
    tell(context, run, result);
    onOver(run, run.result ?? result);
  });
}

function tell({ history, feed }: Context, run: RunningRun, event: RunEvent): void {
  // Nothing follows the end, and that is told once.
  if (run.result !== null) return;
  const { id, job, dryRun } = run.begun;
  if (event.type === 'run-finished') run.result = event;
  run.progress = nextProgress(run.progress, event, dryRun);
  history.event(id, event);
  feed.emit({ type: 'run-event', job, run: id, event });
}

function startOrFail(
  { start }: Context,
  order: RunOrder,
  at: number,
  onEvent: (event: RunEvent) => void,
): RunHandle {
  try {
    return start(order, onEvent);
  } catch (error) {
    const run = randomUUID();
    const result: RunResult = {
      type: 'run-finished',
      at,
      run,
      job: order.job.name,
      outcome: 'failed',
      succeeded: 0,
      failed: 0,
      warnings: 0,
      durationMs: 0,
      peakRssBytes: 0,
      // The system lacks processes, memory or files, and not for ever.
      error: { ...reportError(error), retry: 'backoff' },
    };
    return { run, done: Promise.resolve(result), cancel() {} };
  }
}
