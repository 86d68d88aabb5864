import type { Source, SourceSnapshot } from '../core/source.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { PlanInput } from './plan.ts';

/** What both sides have of a source. */
export async function survey<Snapshot extends SourceSnapshot>(
  targets: TargetCatalog,
  source: Source<Snapshot>,
  signal: AbortSignal,
): Promise<Omit<PlanInput<Snapshot>, 'full'>> {
  return {
    identity: source.identity,
    snapshots: await source.snapshots(signal),
    generations: await targets.generations(source.name, signal),
  };
}
