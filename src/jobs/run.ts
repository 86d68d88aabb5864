import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import { createAttempts } from './attempts.ts';
import { backUpSource, planSource } from './back-up.ts';
import { backUpGroup } from './back-up-group.ts';
import type { JobContext, JobKind, JobOptions } from './context.ts';
import type { RunCounts } from './outcome.ts';
import { whereMayPrune } from './prune/may-prune.ts';
import { pruneSource } from './prune/prune-source.ts';
import { allOf, explainSelection, type Selection, selectSources } from './select-sources.ts';

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
  given: JobContext,
  kind: JobKind<S, T, Snapshot>,
  selection: Selection,
  tell: (counts: RunCounts) => void,
): Promise<void> {
  const { signal, emit, options } = given;
  await kind.targets.check(signal);
  if (options.task === 'test') {
    await explainSelection(given, kind, selection);
    return;
  }
  const context = await whereMayPrune(given, kind.targets);
  const selected = await selectSources(context, kind, selection);
  const all = allOf(selected);
  emit({ type: 'sources-selected', sources: all });
  const attempts = createAttempts(context, tell);
  const step = stepOf(options);
  const isGrouped = options.task === 'back-up' && !options.dryRun;
  // Those by themselves come first: one that has left a group needs the group's last snapshot until it has a newer one.
  await attempts.each(isGrouped ? selected.single : all, async (within, name) => {
    emit({ type: 'transfer-phase', source: name, phase: 'planning' });
    await step(within, kind, name);
    attempts.succeeded();
  });
  // One group after the other, so that none waits with its snapshot for another one's transfers.
  for (const group of isGrouped ? selected.groups : []) {
    await backUpGroup(context, kind, group, attempts);
  }
}

/** What is done for each source. */
function stepOf({ task, dryRun }: JobOptions) {
  if (task === 'prune') return pruneSource;
  return dryRun ? planSource : backUpSource;
}
