import { fork } from 'node:child_process';
import type { Sink } from '../config/sink.ts';
import { type ErrorReport, reportError } from '../core/errors.ts';
import { createTail } from '../lib/tail.ts';
import { runnerEnvironment } from '../runner/environment.ts';
import { SinkError } from './errors.ts';
import type { FromSink, SinkReport, ToSink } from './messages.ts';

/** Bytes of the process's stderr that are kept for the error, should it crash. */
const STDERR_BYTES = 16 * 1024;

/**
 * As for a run: new objects have little room, and it is no slower for it. Beyond that, to collect garbage more often costs
 * a fifth of what a sink can take in. With its collector at hand a sink decides itself when: see `createYoungCollector`.
 */
export const SINK_FLAGS: readonly string[] = ['--max-semi-space-size=2', '--expose-gc'];

/** How long after its time the process may live on, in milliseconds: it may hang. */
const HANG_MS = 30_000;

/** The process of a sink. */
export interface SinkHandle {
  readonly pid: number | null;
  /** Settles when the process has ended, with why; null when it was asked to. Never rejects. */
  readonly done: Promise<ErrorReport | null>;
  /** Its `listen` is left as it is. */
  reload(config: Sink): void;
  /** Asks it to end once transfers have, or after so many milliseconds; asked again, the shorter time counts. */
  stop(drainMs: number): void;
}

export type StartSink = (config: Sink, onReport: (report: SinkReport) => void) => SinkHandle;

/**
 * Serves a sink in a process of its own: what clients send does not pass through this one, and a crash ends the sink,
 * and nothing else. If this process dies, the sink sees its channel close and ends cleanly.
 */
export function startSink(config: Sink, onReport: (report: SinkReport) => void): SinkHandle {
  const child = fork(new URL('./main.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [...process.execArgv, ...SINK_FLAGS],
    env: { ...process.env, ...runnerEnvironment('rbd') },
  });
  const stderr = createTail(STDERR_BYTES);
  child.stderr?.on('data', stderr.push);
  let failure: ErrorReport | undefined;
  let isStopped = false;

  child.on('message', (message) => {
    const told = message as FromSink;
    if (told.type === 'report') onReport(told.report);
    else failure = told.error;
  });

  const done = new Promise<ErrorReport | null>((resolve) => {
    // More than one may come, and one that nobody hears ends this process. What cannot be sent to a process that was
    // started is told by its end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(crashed('could not be started', error));
    });
    // `close`, not `exit`: by then all of its words have arrived.
    child.once('close', (code, signal) => {
      const ending = signal === null ? `ended with exit status ${code}` : `was killed by ${signal}`;
      resolve(isStopped ? null : (failure ?? crashed(ending)));
    });
  });

  function crashed(ending: string, cause?: unknown): ErrorReport {
    const told = stderr.text();
    return reportError(
      new SinkError({
        code: 'sink-crashed',
        message: `the process of the sink ${ending}${told === '' ? '' : `; it said: ${told}`}`,
        retry: 'backoff',
        hint: 'It is started again. If it happens again, please report it with these words.',
        cause,
      }),
    );
  }

  function send(message: ToSink): void {
    if (child.connected) child.send(message);
  }

  send({ type: 'start', config });
  return {
    pid: child.pid ?? null,
    done,
    reload: (next) => send({ type: 'reload', config: next }),
    stop(drainMs) {
      isStopped = true;
      send({ type: 'stop', drainMs });
      setTimeout(() => child.kill('SIGKILL'), drainMs + HANG_MS).unref();
    },
  };
}
