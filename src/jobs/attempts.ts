import { reportError } from '../core/errors.ts';
import { createSlots, Group } from '../lib/slots.ts';
import type { JobContext, Watch } from './context.ts';
import { JobError } from './errors.ts';
import type { RunCounts } from './outcome.ts';
import { createStalls } from './stalls.ts';

type Work = (context: JobContext, source: string) => Promise<void>;

/** What a run does for its sources: of each it is told when it fails or stalls, and the others go on. */
export interface Attempts {
  /**
   * Does a piece of work for a source, which is watched meanwhile. False when it failed: that is told, and
   * counted. Throws only when the run is cancelled, or is to end because one source after the other stalls.
   */
  one(source: string, work: Work): Promise<boolean>;
  /** Does it for all of them, in order, for so many at a time as the run may. Ends when all that was begun has ended. */
  each(sources: readonly string[], work: Work): Promise<void>;
  /** Counts a source for which everything is done. */
  succeeded(): void;
}

/** `tell` is called with the counts when they change. */
export function createAttempts(context: JobContext, tell: (counts: RunCounts) => void): Attempts {
  const { signal, emit, options } = context;
  let succeeded = 0;
  let failed = 0;
  const stalls = createStalls();

  async function one(source: string, work: Work): Promise<boolean> {
    signal.throwIfAborted();
    using watch = context.watch(source);
    const within: JobContext = {
      ...context,
      emit(event) {
        stalls.heard(event);
        emit(event);
      },
      allowSilence: watch.allowSilence,
      signal: AbortSignal.any([signal, watch.signal]),
    };
    try {
      await work(within, source);
      return true;
    } catch (error) {
      // A cancelled run did not fail for this source: it is continued by the next one.
      signal.throwIfAborted();
      const stall = stallOf(watch);
      emit({ type: 'transfer-failed', source, error: reportError(stall ?? error) });
      failed++;
      tell({ succeeded, failed });
      if (stall !== null) stalls.stalled(stall);
      return false;
    }
  }

  return {
    one,
    async each(sources, work) {
      const slots = createSlots(options.transfers);
      const group = new Group();
      try {
        for (const source of sources) {
          await group.queue(slots, async () => {
            await one(source, work);
          });
        }
      } finally {
        await group.done();
      }
    },
    succeeded() {
      succeeded++;
      tell({ succeeded, failed });
    },
  };
}

/** Why the source was cancelled, if it was. */
function stallOf({ signal }: Watch): JobError | null {
  return signal.reason instanceof JobError ? signal.reason : null;
}
