import type { TransferPlanned } from '../core/events.ts';
import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target, TargetCatalog, TargetSnapshot } from '../core/target.ts';
import type { JobContext, JobKind } from './context.ts';
import { deadClaims, ourSnapshots, type Plan, type PlanInput, planTransfer } from './plan.ts';
import { prune, removeFromSource } from './prune/prune.ts';
import { survey } from './survey.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** A source of which is known what there is to do, down to its next snapshot. */
export interface Prepared<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
> {
  readonly source: S;
  readonly target: T;
  readonly input: PlanInput<Snapshot>;
  readonly plan: Plan<Snapshot>;
}

/**
 * Backs up one source. A transfer that was cut off is finished first, from the snapshot that it was
 * about; then a new snapshot is made and transferred, so that a run always ends with a backup of
 * now.
 */
export async function backUpSource<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(context: JobContext, kind: JobKind<S, T, Snapshot>, name: string): Promise<void> {
  const { emit, signal } = context;
  const { sources, targets } = kind;
  await using _lock = await targets.lock(name);
  await using source = await sources.open(name, signal);
  const prepared = await prepare(context, kind, source);
  emit({ type: 'transfer-phase', source: name, phase: 'snapshot' });
  const { target, input } = prepared;
  const snapshot = await takeSnapshot(context, source, target, input.generations);
  await transferAndTidy(context, kind, prepared, snapshot);
}

/** Finishes what was cut off, and plans for a new snapshot. */
export async function prepare<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  source: S,
): Promise<Prepared<S, T, Snapshot>> {
  const { emit, signal } = context;
  const { targets } = kind;
  const { name, identity } = source;
  for (let full = context.options.full; ; full = false) {
    const input = { ...(await survey(targets, source, signal)), full };
    // The next claim takes the place of this one, and with it the proof that what is left is ours.
    for (const claim of deadClaims(input)) await source.removeUnfinished(claim, signal);
    const plan = planTransfer(input);
    emit(await planned(targets, name, plan, null, signal));
    const target =
      plan.dataset === null
        ? await targets.create(name, identity, signal)
        : targets.open(plan.dataset);
    const prepared = { source, target, input, plan };
    if (plan.resume === null) return prepared;
    emit({ type: 'transfer-phase', source: name, phase: 'snapshot' });
    await transferAndTidy(context, kind, prepared, plan.resume.snapshot);
  }
}

/** Brings a snapshot of a source to its target, and removes what nothing needs any more. */
export async function transferAndTidy<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  { source, target, input, plan }: Prepared<S, T, Snapshot>,
  snapshot: Snapshot,
): Promise<void> {
  const { emit, signal } = context;
  const committed = await kind.transfer(context, { source, target, snapshot, plan });
  emit({ type: 'transfer-phase', source: source.name, phase: 'cleaning' });
  const after = withCommit(input, target.dataset, { snapshot, committed });
  // Before the claim is dropped: it is the proof that they are ours.
  await removeFromSource(context, source, ourSnapshots(after).claimed);
  await target.settle(signal);
  const { prefix, keep } = context.options;
  await prune(context, kind.targets, { ...after, source, prefix, keep });
}

/** What `--dry-run` tells: the plan, and how much would be read if the snapshot were made now. */
export async function planSource<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(context: JobContext, kind: JobKind<S, T, Snapshot>, name: string): Promise<void> {
  const { options, signal, emit } = context;
  await using source = await kind.sources.open(name, signal);
  const plan = planTransfer({
    ...(await survey(kind.targets, source, signal)),
    full: options.full,
  });
  const bytes = await kind.estimate(context, source, plan);
  emit(await planned(kind.targets, name, plan, bytes, signal));
}

/** What both sides have once a snapshot is committed: what was known before, and this one. */
function withCommit<Snapshot extends SourceSnapshot>(
  input: PlanInput<Snapshot>,
  dataset: string,
  { snapshot, committed }: { readonly snapshot: Snapshot; readonly committed: TargetSnapshot },
): PlanInput<Snapshot> {
  const { identity, generations } = input;
  const known = generations.find((state) => state.dataset === dataset);
  const before = known ?? { dataset, identity, snapshots: [], checkpoint: null, claim: null };
  const state = { ...before, snapshots: [...before.snapshots, committed], checkpoint: null };
  return {
    ...input,
    snapshots: [...input.snapshots.filter(({ id }) => id !== snapshot.id), snapshot],
    generations:
      known === undefined
        ? [...generations, state]
        : generations.map((other) => (other === known ? state : other)),
  };
}

async function planned(
  targets: TargetCatalog,
  source: string,
  plan: Plan,
  estimatedBytes: number | null,
  signal: AbortSignal,
): Promise<TransferPlanned> {
  return {
    type: 'transfer-planned',
    source,
    dataset: plan.dataset ?? (await targets.nextDataset(source, signal)),
    createsDataset: plan.dataset === null,
    mode: plan.base === null ? 'full' : 'incremental',
    reason: plan.reason,
    beside: plan.beside,
    base: plan.base?.target.name ?? null,
    resumeOffset: plan.resume?.checkpoint?.offset ?? 0,
    estimatedBytes,
  };
}
