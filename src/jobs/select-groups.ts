import type { Source, SourceCatalog, SourceGroup, SourceSnapshot } from '../core/source.ts';
import { compileDecisive, selectNames } from '../lib/select.ts';

/** A group whose sources are backed up together. */
export interface SelectedGroup<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> {
  readonly group: SourceGroup<S, Snapshot>;
  /** The pattern that decided. */
  readonly pattern: string;
  /** Names of its sources; sorted. */
  readonly members: readonly string[];
}

interface GroupSelection<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> {
  readonly groups: readonly SelectedGroup<S, Snapshot>[];
  /** Positive patterns that match no group. */
  readonly unmatched: readonly string[];
}

/** The groups that patterns select, and what is in them now. Without patterns nothing is asked. */
export async function selectGroups<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  sources: SourceCatalog<S, Snapshot>,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<GroupSelection<S, Snapshot>> {
  if (patterns.length === 0) return { groups: [], unmatched: [] };
  const all = await sources.groups(signal);
  const decisive = compileDecisive(patterns);
  const groups: SelectedGroup<S, Snapshot>[] = [];
  for (const group of all) {
    const pattern = decisive(group.name);
    if (pattern?.isNegative !== false) continue;
    groups.push({ group, pattern: pattern.text, members: await group.members(signal) });
  }
  const names = all.map(({ name }) => name);
  return { groups, unmatched: selectNames(patterns, names).unmatched };
}
