import { JobError } from './errors.ts';

/** Calls `onStall` once when {@link Watchdog.touch} was not called for the given time. */
export interface Watchdog extends Disposable {
  /** Something went on; `doing` names it for the error. */
  touch(doing: string): void;
}

/** Every phase is watched: a run that makes no progress for `stallMs` milliseconds is ended. */
export function createWatchdog(stallMs: number, onStall: (error: JobError) => void): Watchdog {
  let doing = 'starting';
  function bark(): void {
    onStall(
      new JobError({
        code: 'stalled',
        message: `no progress for ${Math.round(stallMs / 1000)} s while ${doing}`,
        retry: 'reconnect',
        hint: 'See whether the cluster (`ceph health detail`) and the pool (`zpool status`) answer; `timeouts.stall` sets the time.',
      }),
    );
  }
  const timer = setTimeout(bark, stallMs);
  timer.unref();
  return {
    touch(what) {
      doing = what;
      timer.refresh();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
