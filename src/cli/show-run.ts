import type { RunEvent } from '../core/events.ts';
import { type RunOrder, startRun } from '../runner/start.ts';
import type { CliContext } from './context.ts';
import { codeOfSignal, type StopSignal } from './exit-codes.ts';
import { createJsonRenderer } from './render/json.ts';
import { createLiveRenderer } from './render/live.ts';
import { createPlainRenderer } from './render/plain.ts';
import type { Renderer } from './render/renderer.ts';
import { exitCodeOfRun } from './run-exit-code.ts';
import { onStopSignals } from './signals.ts';

/** Starts a run and shows it until it has ended; tells the exit code. */
export async function showRun(
  order: RunOrder,
  json: boolean,
  context: CliContext,
): Promise<number> {
  const renderer = createRenderer(json, context);
  const failures: string[] = [];
  let stoppedBy: StopSignal | null = null;
  let isForced = false;
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'transfer-failed') failures.push(event.error.code);
    // That a run which was killed did not end well is no news.
    renderer.event(isForced && event.type === 'run-finished' ? { ...event, error: null } : event);
  };
  const handle = startRun(order, onEvent);
  using _signals = onStopSignals((signal, count) => {
    stoppedBy ??= signal;
    isForced = count > 1;
    if (count === 1) renderer.note('Stopping cleanly; once more to force.');
    if (count < 3) handle.cancel(signal);
    // Not even a kill ends a process that waits for a dead device.
    else process.exit(codeOfSignal(signal));
  });
  const result = await handle.done;
  renderer.close();
  return exitCodeOfRun(result, failures, stoppedBy);
}

function createRenderer(json: boolean, { stdout, stderr }: CliContext): Renderer {
  if (json) return createJsonRenderer(stdout, stderr);
  const isTerminal = stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  return isTerminal ? createLiveRenderer(stdout, process.env) : createPlainRenderer(stdout, stderr);
}
