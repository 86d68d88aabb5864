import { parseSnapshotName } from '../../core/snapshot-name.ts';
import type { SourceSnapshot } from '../../core/source.ts';
import type { SnapshotGuard, TargetState } from '../../core/target.ts';
import { decideRetention } from '../../retention/decide.ts';
import type { KeepReason, Protection } from '../../retention/reason.ts';
import type { Keep } from '../context.ts';
import { isSnapshot, ourSnapshots, type PlanInput, planTransfer } from '../plan.ts';

/** All that is known of a source and of its target datasets. */
export interface PruneInput<Snapshot extends SourceSnapshot = SourceSnapshot>
  extends Omit<PlanInput<Snapshot>, 'full'> {
  /** Of the job's snapshots. */
  readonly prefix: string;
  readonly keep: Keep;
}

/** Whether one snapshot stays, and all that keeps it. */
export interface Judgement<Snapshot extends { readonly name: string }> {
  readonly snapshot: Snapshot;
  /** Milliseconds since 1970; null when its name does not tell. */
  readonly takenAt: number | null;
  readonly keep: boolean;
  readonly reasons: readonly KeepReason[];
}

/** Decides about those of the source's snapshots that are ours; the newest comes first. Pure. */
export function judgeSource<Snapshot extends SourceSnapshot>(
  input: PruneInput<Snapshot>,
): readonly Judgement<Snapshot>[] {
  const base = planTransfer({ ...input, full: false }).base?.source.id;
  const candidates = ourSnapshots(input).committed.map((snapshot) => ({
    snapshot,
    name: snapshot.name,
    // The target has it under the same name, so we made the name.
    takenAt: parseSnapshotName(snapshot.name)?.takenAt ?? 0,
    protections: snapshot.id === base ? (['base'] as const) : [],
  }));
  return decideRetention(candidates, input.keep.source, input.keep.timeZone).map(
    ({ snapshot: { snapshot, takenAt }, keep, reasons }) => ({ snapshot, takenAt, keep, reasons }),
  );
}

/** What a target dataset's snapshots are to be judged by, apart from the rules. */
export interface Surroundings {
  /** The source's snapshots that stay. */
  readonly onSource: readonly SourceSnapshot[];
  readonly guards: ReadonlyMap<string, readonly SnapshotGuard[]>;
}

/**
 * Decides about one target dataset's committed snapshots; the newest comes first. Each dataset is judged by
 * itself: what is left of a source that was replaced keeps its backups. Pure.
 */
export function judgeTarget(
  input: PruneInput,
  { dataset, snapshots }: TargetState,
  { onSource, guards }: Surroundings,
): readonly Judgement<{ readonly name: string }>[] {
  const plan = planTransfer({ ...input, full: false });
  const base = plan.dataset === dataset ? plan.base?.target.name : undefined;
  const candidates = [];
  const others: Judgement<{ readonly name: string }>[] = [];
  for (const snapshot of snapshots) {
    const { name } = snapshot;
    const parsed = parseSnapshotName(name);
    const takenAt = parsed?.takenAt ?? null;
    if (takenAt === null || parsed?.prefix !== input.prefix) {
      others.push({ snapshot, takenAt, keep: true, reasons: [{ kind: 'other-prefix' }] });
      continue;
    }
    const protections: Protection[] = [...(guards.get(name) ?? [])];
    if (name === base) protections.push('base');
    else if (onSource.some((there) => isSnapshot(there, snapshot))) protections.push('on-source');
    candidates.push({ name, takenAt, protections });
  }
  const judged = decideRetention(candidates, input.keep.target, input.keep.timeZone).map(
    ({ snapshot, keep, reasons }) => ({ snapshot, takenAt: snapshot.takenAt, keep, reasons }),
  );
  return [...judged, ...others.toReversed()];
}
