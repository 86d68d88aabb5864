import { JobError } from './errors.ts';

/** Node takes a longer time for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `onStall` once when {@link Watchdog.touch} was not called for the given time. */
export interface Watchdog extends Disposable {
  /**
   * Something went on; `doing` names it for the error. What follows may take `extraMs` longer than
   * usual before it counts as stalled.
   */
  touch(doing: string, extraMs?: number): void;
  /** It does not bark for this long from now, in milliseconds, whatever is left of its time. */
  spare(ms: number): void;
}

/** Every phase is watched: `onStall` is told of one that makes no progress for `stallMs` milliseconds. */
export function createWatchdog(stallMs: number, onStall: (error: JobError) => void): Watchdog {
  let doing = 'starting';
  let allowedMs = stallMs;
  let barksAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let hasBarked = false;
  function bark(): void {
    hasBarked = true;
    onStall(stalled(allowedMs, doing));
  }
  function arm(ms: number): void {
    clearTimeout(timer);
    barksAt = performance.now() + ms;
    timer = setTimeout(bark, ms);
    timer.unref();
  }
  arm(allowedMs);
  return {
    touch(what, extraMs = 0) {
      doing = what;
      allowedMs = Math.min(stallMs + extraMs, MAX_TIMER_MS);
      arm(allowedMs);
    },
    spare(ms) {
      if (!hasBarked && barksAt - performance.now() < ms) arm(ms);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** `afterMs`: how long there was no progress, in milliseconds. */
function stalled(afterMs: number, doing: string): JobError {
  return new JobError({
    code: 'stalled',
    message: `no progress for ${Math.round(afterMs / 1000)} s while ${doing}`,
    retry: 'reconnect',
    hint: 'See whether the cluster (`ceph health detail`) and the pool (`zpool status`) answer; `timeouts.stall` sets the time.',
  });
}
