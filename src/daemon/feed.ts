import type { ErrorReport } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import type { BegunRun, RunCause } from './ports.ts';

/** Why a run that waited is not started. */
export type LeaveReason =
  /** Somebody cancelled it. */
  | 'cancelled'
  /** The job was paused, and it waited by the schedule. */
  | 'paused'
  /** The job, or its schedule, is not configured any more. */
  | 'removed'
  /** The next run by the schedule came due: it waits instead of this attempt. */
  | 'replaced'
  /** The daemon is about to end. */
  | 'draining';

type Body =
  | ({ readonly type: 'run-queued'; readonly job: string } & Pick<BegunRun, 'cause' | 'dueAt'>)
  | {
      readonly type: 'run-left-queue';
      readonly job: string;
      readonly cause: RunCause;
      readonly reason: LeaveReason;
    }
  | { readonly type: 'run-begun'; readonly run: BegunRun }
  /** Everything that a run tells. */
  | {
      readonly type: 'run-event';
      readonly job: string;
      readonly run: string;
      readonly event: RunEvent;
    }
  /** Its process is gone. */
  | { readonly type: 'run-ended'; readonly job: string; readonly run: string }
  /** Due times up to `lastDueAt` were dealt with; `dueAt` is the one that a run is queued for. */
  | {
      readonly type: 'job-due';
      readonly job: string;
      readonly dueAt: number | null;
      readonly missed: number;
      readonly overlapped: number;
      readonly lastDueAt: number;
    }
  | {
      readonly type: 'retry-planned';
      readonly job: string;
      readonly at: number;
      readonly attempt: number;
    }
  | { readonly type: 'job-paused'; readonly job: string }
  /** Due times up to `lastDueAt` passed meanwhile. */
  | { readonly type: 'job-resumed'; readonly job: string; readonly lastDueAt: number | null }
  /** The job has another schedule: what was due by it up to `lastDueAt` was due to nobody. */
  | {
      readonly type: 'schedule-changed';
      readonly job: string;
      readonly lastDueAt: number | null;
    }
  /** Null: it is over. */
  | { readonly type: 'job-problem'; readonly job: string; readonly problem: ErrorReport | null }
  | { readonly type: 'reloaded'; readonly jobs: readonly string[] }
  | { readonly type: 'draining' };

/** Something that happened. `seq` counts from 1 without gaps; `at` is milliseconds since 1970. */
export type DaemonEvent = { readonly seq: number; readonly at: number } & Body;

export type DaemonEventBody = Body;

export interface Feed {
  /** Number of the last event; 0 before the first. */
  readonly seq: number;
  emit(body: DaemonEventBody): void;
  subscribe(listener: (event: DaemonEvent) => void): Disposable;
}

/**
 * Numbers events and hands them on. Listeners are called once the supervisor is done with what it is about, so
 * they may ask it for anything; what they throw is lost.
 */
export function createFeed(now: () => number): Feed {
  const listeners = new Map<symbol, (event: DaemonEvent) => void>();
  let seq = 0;

  function tell(key: symbol, event: DaemonEvent): void {
    try {
      listeners.get(key)?.(event);
    } catch {
      // Not ours to deal with, and nobody else may suffer from it.
    }
  }

  return {
    get seq() {
      return seq;
    },
    emit(body) {
      const event = { seq: ++seq, at: now(), ...body };
      // Who subscribes later has seen what came of this already.
      const keys = [...listeners.keys()];
      if (keys.length > 0) queueMicrotask(() => keys.forEach((key) => tell(key, event)));
    },
    subscribe(listener) {
      const key = Symbol('listener');
      listeners.set(key, listener);
      return { [Symbol.dispose]: () => void listeners.delete(key) };
    },
  };
}
