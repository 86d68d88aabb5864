import { reportError } from '../core/errors.ts';
import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import { createSlots, Group } from '../lib/slots.ts';
import { backUpSource, planSource } from './back-up.ts';
import type { JobContext, JobKind, JobOptions, Watch } from './context.ts';
import { JobError } from './errors.ts';
import type { RunCounts } from './outcome.ts';
import { pruneSource } from './prune/prune-source.ts';
import { explainSelection, type Selection, selectSources } from './select-sources.ts';
import { createStalls } from './stalls.ts';

export type { Selection } from './select-sources.ts';

/**
 * Runs a job once: selects its sources, and backs up some of them at a time. A source that fails is
 * told of and does not stop the others, nor does one that stalls; what makes all of them impossible throws. `tell` is called with
 * the counts after each source.
 */
export async function runJob<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  selection: Selection,
  tell: (counts: RunCounts) => void,
): Promise<void> {
  const { signal, emit, options } = context;
  await kind.targets.check(signal);
  if (options.task === 'test') {
    await explainSelection(context, kind, selection);
    return;
  }
  const names = await selectSources(context, kind, selection);
  emit({ type: 'sources-selected', sources: names });
  let succeeded = 0;
  let failed = 0;
  const stalls = createStalls();
  async function doOne(source: string): Promise<void> {
    signal.throwIfAborted();
    using watch = context.watch(source);
    emit({ type: 'transfer-phase', source, phase: 'planning' });
    const own: JobContext = {
      ...context,
      emit(event) {
        stalls.heard(event);
        emit(event);
      },
      allowSilence: watch.allowSilence,
      signal: AbortSignal.any([signal, watch.signal]),
    };
    try {
      await stepOf(options)(own, kind, source);
      succeeded++;
    } catch (error) {
      // A cancelled run did not fail for this source: it is continued by the next one.
      signal.throwIfAborted();
      const stall = stallOf(watch);
      emit({ type: 'transfer-failed', source, error: reportError(stall ?? error) });
      failed++;
      if (stall !== null) stalls.stalled(stall);
    } finally {
      tell({ succeeded, failed });
    }
  }
  await forEach(names, options.transfers, doOne);
}

/** Does the work for all, in order, for so many at a time. Ends when all that was begun has ended. */
async function forEach(
  names: readonly string[],
  count: number,
  work: (name: string) => Promise<void>,
): Promise<void> {
  const slots = createSlots(count);
  const group = new Group();
  try {
    for (const name of names) await group.queue(slots, () => work(name));
  } finally {
    await group.done();
  }
}

/** Why the source was cancelled, if it was. */
function stallOf({ signal }: Watch): JobError | null {
  return signal.reason instanceof JobError ? signal.reason : null;
}

/** What is done for each source. */
function stepOf({ task, dryRun }: JobOptions) {
  if (task === 'prune') return pruneSource;
  return dryRun ? planSource : backUpSource;
}
