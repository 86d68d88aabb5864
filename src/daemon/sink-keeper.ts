import { isDeepStrictEqual } from 'node:util';
import type { Sink } from '../config/sink.ts';
import { type ErrorReport, reportError } from '../core/errors.ts';
import type { SinkStatus } from '../http/sink-schemas.ts';
import type { SinkReport } from '../sink/messages.ts';
import type { SinkHandle, StartSink } from '../sink/start.ts';
import { DaemonError } from './errors.ts';
import type { Clock } from './ports.ts';
import { addressText, sinkStatus } from './sink-status.ts';

/** Pauses before a sink that ended is started again, in milliseconds: they grow from the first to the last. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 60_000;

/** A sink that served for as long, in milliseconds, is one that works: the next pause is the first again. */
const STEADY_MS = 60_000;

export interface SinkKeeperOptions {
  /** Undefined when none is configured. */
  readonly config: Sink | undefined;
  readonly start: StartSink;
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warning', text: string) => void;
}

/** Keeps the process of the sink running, as long as one is configured. */
export interface SinkKeeper extends AsyncDisposable {
  /** Null when none is configured, and none is about to end. */
  status(): SinkStatus | null;
  problems(): readonly ErrorReport[];
  reload(config: Sink | undefined): void;
  /** Ends it once the transfers that go on have, or after so many milliseconds; asked again, the shorter time counts. */
  stop(drainMs: number): Promise<void>;
}

interface Running {
  readonly handle: SinkHandle;
  readonly startedAt: number;
  /** What it was started with, whatever the configuration says by now. */
  readonly first: Sink;
  /** Null until it serves. */
  report: SinkReport | null;
  /** Whether it was asked to end. */
  isEnding: boolean;
}

export function createSinkKeeper({ start, clock, log, ...options }: SinkKeeperOptions): SinkKeeper {
  let config = options.config;
  let running: Running | null = null;
  let over: Promise<void> = Promise.resolve();
  let failure: ErrorReport | null = null;
  let attempt = 0;
  let restarts = 0;
  let timer: Disposable | undefined;
  let isOver = false;

  function begin(): void {
    if (config === undefined || isOver || running !== null) return;
    const first = config;
    const onReport = (report: SinkReport): void => {
      if (run.report === null) log('info', `the sink listens on ${addressText(first.listen)}`);
      run.report = report;
      failure = null;
    };
    const handle = start(config, onReport);
    const run: Running = {
      handle,
      startedAt: clock.now(),
      first,
      report: null,
      isEnding: false,
    };
    running = run;
    over = handle.done.then((error) => onEnd(run, error));
  }

  function onEnd({ startedAt, report }: Running, error: ErrorReport | null): void {
    running = null;
    if (config === undefined || isOver) return;
    // One that was asked to end is wanted again meanwhile.
    if (error === null) return begin();
    const wasSteady = report !== null && clock.now() - startedAt >= STEADY_MS;
    attempt = wasSteady ? 1 : attempt + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LAST_PAUSE_MS);
    failure = error;
    log('warning', `${error.message}; it is started again in ${pause / 1000} s`);
    timer = clock.setTimer(pause, () => {
      restarts++;
      begin();
    });
  }

  function end(drainMs: number): void {
    timer?.[Symbol.dispose]();
    if (running === null) return;
    running.isEnding = true;
    running.handle.stop(drainMs);
  }

  async function stop(drainMs: number): Promise<void> {
    isOver = true;
    end(drainMs);
    await over;
  }

  begin();
  return {
    status() {
      const listen = (running?.first ?? config)?.listen;
      return listen === undefined ? null : sinkStatus({ listen, running, restarts });
    },
    problems() {
      const own = failure === null ? [] : [failure];
      return [...own, ...needsRestart(config, running), ...(running?.report?.problems ?? [])];
    },
    reload(next) {
      config = next;
      if (next === undefined) {
        failure = null;
        end(0);
      } else if (running === null) {
        // The mistake may have been in what was changed.
        timer?.[Symbol.dispose]();
        begin();
      } else running.handle.reload(next);
    },
    stop,
    [Symbol.asyncDispose]: () => stop(0),
  };
}

/** What only a new process could change. */
const FOR_GOOD = ['listen', 'memory'] as const;

function needsRestart(config: Sink | undefined, running: Running | null): readonly ErrorReport[] {
  if (config === undefined || running === null) return [];
  const { first } = running;
  return FOR_GOOD.filter((key) => !isDeepStrictEqual(config[key], first[key])).map((key) =>
    reportError(new DaemonError('needs-restart', `a change of sink.${key} has no effect yet`)),
  );
}
