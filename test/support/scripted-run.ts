import type { RunEventBody } from '../../src/core/events.ts';
import type { StartRun } from '../../src/daemon/ports.ts';
import type { RunResult } from '../../src/runner/start.ts';

/** Starts runs that tell these events at once, and have ended then. */
export function fakeStart(events: readonly RunEventBody[]): StartRun {
  let runs = 0;
  return (order, onEvent) => {
    const run = `run-${++runs}`;
    const at = Date.now();
    const countOf = (type: RunEventBody['type']) =>
      events.filter((event) => event.type === type).length;
    const failed = countOf('transfer-failed');
    const result: RunResult = {
      type: 'run-finished',
      at,
      run,
      job: order.job.name,
      outcome: failed > 0 ? 'failed' : 'ok',
      succeeded: countOf('transfer-finished'),
      failed,
      warnings: countOf('warning'),
      durationMs: 1,
      peakRssBytes: 0,
      error: null,
    };
    async function go(): Promise<RunResult> {
      await Promise.resolve();
      for (const event of events) onEvent({ ...event, at });
      onEvent(result);
      return result;
    }
    return { run, done: go(), cancel: () => undefined };
  };
}
