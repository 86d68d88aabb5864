import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { reportError } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { JobError } from '../jobs/errors.ts';
import { createTail } from '../lib/tail.ts';
import { RUNNER_FLAGS, runnerEnvironment } from './environment.ts';
import type { CancelReason, FromRunner, RunOrder, ToRunner } from './messages.ts';
import { priorityPrefix } from './priority.ts';

export type { CancelReason, RunOrder } from './messages.ts';

export type RunResult = Extract<RunEvent, { type: 'run-finished' }>;

export interface RunHandle {
  /** The run's id, as in its events. */
  readonly run: string;
  /** Settles when the runner's process has ended; never rejects. */
  readonly done: Promise<RunResult>;
  /** Asks the run to end cleanly. Asked again, it is killed. */
  cancel(reason: CancelReason): void;
}

/** Bytes of the runner's stderr that are kept for the error, should it crash. */
const STDERR_BYTES = 16 * 1024;

/** How long the runner may live on after it told its end. */
const LINGER_MS = 2_000;

/**
 * Runs a job in a process of its own: a crash in one of Ceph's libraries then ends this run, and
 * nothing else. If this process dies, the runner sees its channel close and ends cleanly.
 */
export function startRun(order: RunOrder, onEvent: (event: RunEvent) => void): RunHandle {
  const run = randomUUID();
  const startedAt = Date.now();
  const node = [process.execPath, ...process.execArgv, ...RUNNER_FLAGS];
  // Each of the programs before Node becomes the next one, and the process is always the same.
  const [execPath, ...execArgv] = [...priorityPrefix(order.job.priority), ...node];
  const child = fork(new URL('./main.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(execPath === undefined ? {} : { execPath }),
    execArgv,
    env: { ...process.env, ...runnerEnvironment(order.job.source.type, order.job.transfers) },
  });
  const stderr = createTail(STDERR_BYTES);
  child.stderr?.on('data', stderr.push);
  let result: RunResult | undefined;
  let cancelled = false;
  let doing = 'starting';

  child.on('message', (message) => {
    const event = message as FromRunner;
    if (event.type === 'run-finished') {
      result = event;
      // A thread that hangs in a library would keep the process for as long as it hangs.
      setTimeout(() => child.kill('SIGKILL'), LINGER_MS).unref();
    }
    if (event.type === 'transfer-phase') doing = `${event.source}, ${event.phase}`;
    onEvent(event);
  });

  function crashed(ending: string, cause?: unknown): RunResult {
    const told = stderr.text();
    const error = new JobError({
      code: 'runner-crashed',
      message: `the process of the run ${ending} (${doing})${told === '' ? '' : `; it said: ${told}`}`,
      retry: 'reconnect',
      hint: 'Run the job again: it continues. If it happens again, please report it with these words.',
      cause,
    });
    const event: RunResult = {
      type: 'run-finished',
      at: Date.now(),
      run,
      job: order.job.name,
      outcome: cancelled ? 'cancelled' : 'failed',
      succeeded: 0,
      failed: 0,
      warnings: 0,
      durationMs: Date.now() - startedAt,
      peakRssBytes: 0,
      error: reportError(error),
    };
    result = event;
    onEvent(event);
    return event;
  }

  const done = new Promise<RunResult>((resolve) => {
    // More than one may come, and one that nobody hears ends this process. What cannot be sent to a
    // process that was started is told by its end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(result ?? crashed('could not be started', error));
    });
    // `close`, not `exit`: by then all of its words have arrived.
    child.once('close', (code, signal) => {
      const ending = signal === null ? `ended with exit status ${code}` : `was killed by ${signal}`;
      resolve(result ?? crashed(ending));
    });
  });

  send({ type: 'start', run, order });

  function send(message: ToRunner): void {
    if (child.connected) child.send(message);
  }

  return {
    run,
    done,
    cancel(reason) {
      if (cancelled) child.kill('SIGKILL');
      else send({ type: 'cancel', reason });
      cancelled = true;
    },
  };
}
