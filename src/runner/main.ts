import { reportError } from '../core/errors.ts';
import type { RunEventBody } from '../core/events.ts';
import { JobError } from '../jobs/errors.ts';
import { withRunHooks } from '../jobs/hooks/around-run.ts';
import { outcomeOf, type RunCounts } from '../jobs/outcome.ts';
import { createGrace } from '../lib/grace.ts';
import type { FromRunner, RunOrder, ToRunner } from './messages.ts';
import { createWatchers } from './watchers.ts';
import { wireRun } from './wire.ts';
import { wireHooks } from './wire-hooks.ts';

/**
 * How long a cancelled run may take to end cleanly before its process is ended, and a source that stalls before the run
 * is; what hooks take comes on top.
 */
const GRACE_MS = 20_000;

/** How long the last event may take to reach the parent. */
const FLUSH_MS = 500;

const controller = new AbortController();
const grace = createGrace(GRACE_MS);
let finish: ((error: unknown) => void) | undefined;

// A terminal sends Ctrl-C to the whole group of processes; the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => cancel('SIGTERM'));
process.on('disconnect', () => cancel('the end of the parent process'));
process.on('message', (message: ToRunner) => {
  if (message.type === 'cancel') cancel(message.reason);
  else void main(message.run, message.order);
});

function cancel(by: string): void {
  stop(
    new JobError({
      code: 'cancelled',
      message: `the run was cancelled by ${by}`,
      retry: 'never',
      hint: 'Run the job again: it continues.',
    }),
  );
}

function stop(error: JobError): void {
  if (controller.signal.aborted) return;
  controller.abort(error);
  // A call into a library may never return: then the run is over all the same. The process must
  // not end in an ordinary way, because reads may be in flight.
  grace.begin(() => {
    finish?.(error);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), FLUSH_MS);
  });
}

function send(event: FromRunner): void {
  if (process.connected) process.send?.(event);
}

/** What a run is about since an event, for the operator. */
function doingOf(body: RunEventBody): string {
  if (body.type === 'transfer-phase') return `${body.source}: ${body.phase}`;
  const isCopying = body.type === 'transfer-progress' || body.type === 'checkpoint';
  return isCopying ? `${body.source}: copying` : body.type;
}

async function main(run: string, order: RunOrder): Promise<void> {
  const startedAt = Date.now();
  const { signal } = controller;
  const { stall: stallMs } = order.job.timeouts;
  using watchers = createWatchers({ stallMs, graceMs: GRACE_MS, onStall: stop });
  let warnings = 0;
  function emit(body: RunEventBody): void {
    if (body.type === 'warning') warnings++;
    watchers.touch('source' in body ? body.source : null, doingOf(body));
    send({ ...body, at: Date.now() });
  }

  const job = order.job.name;
  emit({ type: 'run-started', run, job, task: order.task, dryRun: order.dryRun });
  let counts: RunCounts = { succeeded: 0, failed: 0 };
  finish = (error) => {
    finish = undefined;
    emit({
      type: 'run-finished',
      run,
      job,
      outcome: outcomeOf(error, counts),
      ...counts,
      warnings,
      durationMs: Date.now() - startedAt,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      error: error === undefined ? null : reportError(error),
    });
  };
  try {
    const surroundings = {
      emit,
      allowSilence: (ms: number, doing?: string) => watchers.allow(null, ms, doing),
      watch: (source: string) => watchers.watch(source),
      hooks: wireHooks(run, order, grace),
    };
    await withRunHooks(
      { ...surroundings, signal },
      () => counts,
      async () => {
        await using wired = await wireRun(order, surroundings, signal);
        await wired.run((told) => {
          counts = told;
        });
      },
    );
  } catch (caught) {
    finish?.(signal.aborted ? signal.reason : caught);
  }
  finish?.(undefined);
  if (process.connected) process.disconnect();
}
