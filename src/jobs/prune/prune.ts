import { reportError } from '../../core/errors.ts';
import type { Side } from '../../core/events.ts';
import type { Source, SourceSnapshot } from '../../core/source.ts';
import type { Target, TargetCatalog, TargetState } from '../../core/target.ts';
import { describeReason } from '../../retention/reason.ts';
import type { JobContext } from '../context.ts';
import { type Judgement, judgeSource, judgeTarget, type PruneInput } from './decide-prune.ts';

/** Where snapshots are removed from. */
interface Place {
  readonly source: string;
  readonly side: Side;
  readonly dataset: string | null;
}

type Pruned<S extends Source<Snapshot>, Snapshot extends SourceSnapshot> = PruneInput<Snapshot> & {
  readonly source: S;
};

/**
 * Removes what no rule keeps, first from the source: as long as a snapshot is there, the target's of that name is
 * the proof that it is ours. What cannot be removed is told of, and is no failure. Who calls holds the
 * lock of the source's targets.
 */
export async function prune<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  context: JobContext,
  targets: TargetCatalog,
  pruned: Pruned<S, Snapshot>,
): Promise<void> {
  const onSource = await pruneSourceSide(context, pruned);
  for (const state of pruned.generations) {
    const target = targets.open(state.dataset);
    await pruneTarget(context, target, { ...pruned, state, onSource });
  }
}

/** Tells of each snapshot what keeps it; changes nothing. */
export async function explainPrune<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  { emit, signal }: JobContext,
  targets: TargetCatalog,
  pruned: Pruned<S, Snapshot>,
): Promise<void> {
  const { name } = pruned.source;
  const tell = (side: Side, dataset: string | null, judged: readonly Judgement<Named>[]): void =>
    emit({ type: 'prune-decided', source: name, side, dataset, decisions: judged.map(inWords) });
  const judged = judgeSource(pruned);
  tell('source', null, judged);
  const onSource = judged.filter(({ keep }) => keep).map(({ snapshot }) => snapshot);
  for (const state of pruned.generations) {
    const guards = await targets.open(state.dataset).guards(signal);
    tell('target', state.dataset, judgeTarget(pruned, state, { onSource, guards }));
  }
}

type Named = { readonly name: string };

function inWords({ snapshot, takenAt, keep, reasons }: Judgement<Named>) {
  return { snapshot: snapshot.name, takenAt, keep, reasons: reasons.map(describeReason) };
}

/** Tells which of the source's snapshots are left. */
async function pruneSourceSide<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  context: JobContext,
  pruned: Pruned<S, Snapshot>,
): Promise<readonly SourceSnapshot[]> {
  const spent = judgeSource(pruned)
    .filter(({ keep }) => !keep)
    .map(({ snapshot }) => snapshot);
  const gone = await removeFromSource(context, pruned.source, spent);
  tellPruned(context, { source: pruned.source.name, side: 'source', dataset: null }, gone);
  return pruned.snapshots.filter((snapshot) => !gone.includes(snapshot));
}

/** Removes snapshots from the source; tells which are gone. One that cannot be removed (it has a clone) stays. */
export async function removeFromSource<Snapshot extends SourceSnapshot>(
  context: JobContext,
  source: Source<Snapshot>,
  snapshots: readonly Snapshot[],
): Promise<readonly Snapshot[]> {
  const gone: Snapshot[] = [];
  for (const snapshot of snapshots) {
    try {
      // One of a group stays until no source of that needs it: then it is told of.
      if (await source.removeSnapshot(snapshot, context.signal)) gone.push(snapshot);
    } catch (error) {
      context.signal.throwIfAborted();
      tellKept(context, source.name, `${source.name}@${snapshot.name}`, error);
    }
  }
  return gone;
}

interface TargetSide extends PruneInput {
  readonly source: Named;
  readonly state: TargetState;
  readonly onSource: readonly SourceSnapshot[];
}

async function pruneTarget(
  context: JobContext,
  target: Target,
  { state, onSource, ...input }: TargetSide,
): Promise<void> {
  const { signal } = context;
  const spentUnder = (guards: Awaited<ReturnType<Target['guards']>>): readonly string[] =>
    judgeTarget(input, state, { onSource, guards })
      .filter(({ keep }) => !keep)
      .map(({ snapshot }) => snapshot.name);
  // Most of the time there is nothing to remove, and then nothing need be asked.
  if (spentUnder(new Map()).length === 0) return;
  const spent = spentUnder(await target.guards(signal));
  const { dataset } = state;
  const kept = await target.removeSnapshots(spent, signal);
  for (const { name, error } of kept) {
    tellKept(context, input.source.name, `${dataset}@${name}`, error);
  }
  const gone = spent.filter((name) => kept.every((snapshot) => snapshot.name !== name));
  const place: Place = { source: input.source.name, side: 'target', dataset };
  tellPruned(
    context,
    place,
    gone.map((name) => ({ name })),
  );
}

function tellPruned({ emit }: JobContext, place: Place, gone: readonly Named[]): void {
  if (gone.length === 0) return;
  emit({ type: 'snapshots-pruned', ...place, snapshots: gone.map(({ name }) => name) });
}

function tellKept({ emit }: JobContext, source: string, snapshot: string, error: unknown): void {
  const { message, hint } = reportError(error);
  emit({
    type: 'warning',
    source,
    code: 'snapshot-kept',
    message: `the snapshot ${snapshot} stays, though no rule keeps it: ${message}`,
    hint: hint ?? null,
  });
}
