import type { Source, SourceSnapshot } from '../../core/source.ts';
import type { Target } from '../../core/target.ts';
import type { JobContext, JobKind } from '../context.ts';
import { survey } from '../survey.ts';
import { explainPrune, prune } from './prune.ts';

/** What `ceph2zfs prune` does for one source: explains, and removes unless it is a dry run. */
export async function pruneSource<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(context: JobContext, { sources, targets }: JobKind<S, T, Snapshot>, name: string): Promise<void> {
  const { emit, options, signal } = context;
  await using _lock = options.dryRun ? null : await targets.lock(name);
  await using source = await sources.open(name, signal);
  const { prefix, keep } = options;
  const pruned = { ...(await survey(targets, source, signal)), source, prefix, keep };
  await explainPrune(context, targets, pruned);
  if (!options.dryRun) await prune(context, targets, pruned);
  emit({ type: 'source-pruned', source: name });
}
