import type { Watch } from '../jobs/context.ts';
import type { JobError } from '../jobs/errors.ts';
import { createWatchdog, type Watchdog } from '../jobs/watchdog.ts';

/** What is watched apart from the sources: the run as a whole, before the first and after the last. */
const NOTHING_TO_WATCH_MS = 365 * 86_400_000;

/** Watches that a run goes on, and each of the sources that it transfers at a time. */
export interface Watchers extends Disposable {
  /** Something went on, about a source or (null) the run; `doing` names it for the error. */
  touch(source: string | null, doing: string): void;
  /** The run's next step, or the source's, may be silent for this much longer (milliseconds). */
  allow(source: string | null, ms: number, doing?: string): void;
  /** From now on a source is watched by itself. */
  watch(source: string): Watch;
}

/** `onStall` is called when anything that is watched makes no progress for `stallMs` milliseconds. */
export function createWatchers(stallMs: number, onStall: (error: JobError) => void): Watchers {
  const run = createWatchdog(stallMs, onStall);
  const sources = new Map<string, Watchdog>();

  /** While sources are watched, it is they who must go on. */
  function touchRun(doing: string, extraMs = 0): void {
    run.touch(doing, sources.size > 0 ? NOTHING_TO_WATCH_MS : extraMs);
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
      sources.set(source, createWatchdog(stallMs, onStall));
      touchRun(source);
      return {
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
