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
}

/** Every phase is watched: a run that makes no progress for `stallMs` milliseconds is ended. */
export function createWatchdog(stallMs: number, onStall: (error: JobError) => void): Watchdog {
  let doing = 'starting';
  let allowedMs = stallMs;
  let timer: NodeJS.Timeout;
  function bark(): void {
    onStall(
      new JobError({
        code: 'stalled',
        message: `no progress for ${Math.round(allowedMs / 1000)} s while ${doing}`,
        retry: 'reconnect',
        hint: 'See whether the cluster (`ceph health detail`) and the pool (`zpool status`) answer; `timeouts.stall` sets the time.',
      }),
    );
  }
  function arm(): void {
    timer = setTimeout(bark, allowedMs);
    timer.unref();
  }
  arm();
  return {
    touch(what, extraMs = 0) {
      doing = what;
      allowedMs = Math.min(stallMs + extraMs, MAX_TIMER_MS);
      clearTimeout(timer);
      arm();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
