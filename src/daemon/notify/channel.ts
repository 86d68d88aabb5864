import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorReport, reportError } from '../../core/errors.ts';

export interface SendTimes {
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long is waited before each further attempt, in milliseconds. */
  readonly pausesMs: readonly number[];
}

/** Three attempts of half a minute. */
export const SEND_TIMES: SendTimes = { timeoutMs: 30_000, pausesMs: [5000, 60_000] };

/** More that waits than this is lost: who cannot be reached for so long has the status to look at. */
const MOST_WAITING = 100;

export type Send = (signal: AbortSignal) => Promise<void>;

/** One who is told: one message after the other, in order. */
export interface Channel extends Disposable {
  /** Why the last message could not be sent; null when it was. */
  readonly problem: ErrorReport | null;
  /** Sends it as soon as it can be. Never throws. */
  tell(send: Send): void;
}

export function createChannel(
  onProblem: (problem: ErrorReport) => void,
  { timeoutMs, pausesMs }: SendTimes = SEND_TIMES,
): Channel {
  const end = new AbortController();
  let problem: ErrorReport | null = null;
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function attempts(send: Send): Promise<void> {
    for (const pause of [...pausesMs, null]) {
      try {
        await send(AbortSignal.any([end.signal, AbortSignal.timeout(timeoutMs)]));
        problem = null;
        return;
      } catch (error) {
        if (pause === null) {
          problem = reportError(error);
          onProblem(problem);
        } else await sleep(pause, undefined, { signal: end.signal, ref: false });
      }
    }
  }

  async function deliver(send: Send): Promise<void> {
    try {
      if (!end.signal.aborted) await attempts(send);
    } catch {
      // It is over.
    } finally {
      waiting--;
    }
  }

  return {
    get problem() {
      return problem;
    },
    tell(send) {
      if (waiting >= MOST_WAITING) return;
      waiting++;
      last = last.then(() => deliver(send));
    },
    [Symbol.dispose]: () => end.abort(),
  };
}
