import type { Watch } from '../jobs/context.ts';
import { JobError } from '../jobs/errors.ts';
import { createWatchdog, type Watchdog } from '../jobs/watchdog.ts';

/** What is watched apart from the sources: the run as a whole, before the first and after the last. */
const NOTHING_TO_WATCH_MS = 365 * 86_400_000;

/** Watches that a run goes on, and each of the sources that it transfers at a time. */
export interface Watchers extends Disposable {
  /** Something went on, about a source or (null) the run; `doing` names it for the error. */
  touch(source: string | null, doing: string): void;
  /** The run's next step, or the source's, may be silent for this much longer (milliseconds). */
  allow(source: string | null, ms: number, doing?: string): void;
  /** From now on a source is watched by itself. One that stalls is cancelled. */
  watch(source: string): Watch;
}

/** Times are milliseconds. */
export interface WatchersOptions {
  /** Without progress for as long, a source or the run stalls. */
  readonly stallMs: number;
  /** How long a source that was cancelled may go on silently. */
  readonly graceMs: number;
  /** Called when the run itself stalls, or a source does not end though it was cancelled. */
  readonly onStall: (error: JobError) => void;
}

export function createWatchers({ stallMs, graceMs, onStall }: WatchersOptions): Watchers {
  const run = createWatchdog(stallMs, onStall);
  const sources = new Map<string, Watchdog>();

  /** While sources are watched, it is they who must go on. */
  function touchRun(doing: string, extraMs = 0): void {
    run.touch(doing, sources.size > 0 ? NOTHING_TO_WATCH_MS : extraMs);
  }

  function cancel(source: string, controller: AbortController, error: JobError): void {
    // Others may have waited for what this one holds: they need the time to get it.
    for (const watchdog of sources.values()) watchdog.spare(2 * graceMs);
    sources.set(
      source,
      createWatchdog(graceMs, () => onStall(stuck(error))),
    );
    controller.abort(error);
  }

  return {
    touch(source, doing) {
      if (source !== null) sources.get(source)?.touch(doing);
      touchRun(doing);
    },
    allow(source, ms, doing = 'looking for what changed') {
      if (source === null) touchRun(doing, ms);
      else sources.get(source)?.touch(`${source}: ${doing}`, ms);
    },
    watch(source) {
      const controller = new AbortController();
      sources.set(
        source,
        createWatchdog(stallMs, (error) => cancel(source, controller, error)),
      );
      touchRun(source);
      return {
        signal: controller.signal,
        allowSilence: (ms, doing) => this.allow(source, ms, doing),
        [Symbol.dispose]() {
          sources.get(source)?.[Symbol.dispose]();
          sources.delete(source);
          touchRun('going on to the next source');
        },
      };
    },
    [Symbol.dispose]() {
      for (const watchdog of [run, ...sources.values()]) watchdog[Symbol.dispose]();
    },
  };
}

/** A call into a library that does not return is ended with the process only. */
function stuck({ code, message, retry, hint }: JobError): JobError {
  return new JobError({
    code,
    message: `${message}, and it cannot be cancelled: the run ends`,
    retry,
    hint,
  });
}
