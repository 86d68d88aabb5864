import { reportError } from '../core/errors.ts';
import type { TransferPlanned } from '../core/events.ts';
import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target, TargetCatalog } from '../core/target.ts';
import type { JobContext, JobKind } from './context.ts';
import { type Plan, type PlanInput, planTransfer, spentSnapshots } from './plan.ts';
import { takeSnapshot } from './take-snapshot.ts';

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
  let full = context.options.full;
  for (;;) {
    const input = await survey(targets, source, full, signal);
    const plan = planTransfer(input);
    emit(await planned(targets, name, plan, null, signal));
    const target =
      plan.dataset === null
        ? await targets.create(name, source.identity, signal)
        : targets.open(plan.dataset);
    emit({ type: 'transfer-phase', source: name, phase: 'snapshot' });
    const snapshot =
      plan.resume?.snapshot ?? (await takeSnapshot(context, source, target, input.generations));
    await kind.transfer(context, { source, target, snapshot, plan });
    emit({ type: 'transfer-phase', source: name, phase: 'cleaning' });
    await removeSpent(context, source, spentSnapshots(input, snapshot));
    await target.settle(signal);
    if (plan.resume === null) return;
    full = false;
  }
}

/** What `--dry-run` tells: the plan, and how much would be read if the snapshot were made now. */
export async function planSource<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(context: JobContext, kind: JobKind<S, T, Snapshot>, name: string): Promise<void> {
  const { options, signal, emit } = context;
  await using source = await kind.sources.open(name, signal);
  const plan = planTransfer(await survey(kind.targets, source, options.full, signal));
  const bytes = await kind.estimate(context, source, plan);
  emit(await planned(kind.targets, name, plan, bytes, signal));
}

async function survey<Snapshot extends SourceSnapshot>(
  targets: TargetCatalog,
  source: Source<Snapshot>,
  full: boolean,
  signal: AbortSignal,
): Promise<PlanInput<Snapshot>> {
  return {
    identity: source.identity,
    snapshots: await source.snapshots(signal),
    generations: await targets.generations(source.name, signal),
    full,
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

/**
 * Removes the bases that the new snapshot replaces, only now that it is committed. One that cannot
 * be removed (someone made a clone of it) is told of, and does not make the backup a failure.
 */
async function removeSpent<Snapshot extends SourceSnapshot>(
  { emit, signal }: JobContext,
  source: Source<Snapshot>,
  spent: readonly Snapshot[],
): Promise<void> {
  for (const snapshot of spent) {
    try {
      await source.removeSnapshot(snapshot, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message, hint } = reportError(error);
      emit({
        type: 'warning',
        source: source.name,
        code: 'snapshot-kept',
        message: `the old snapshot ${source.name}@${snapshot.name} stays: ${message}`,
        hint: hint ?? null,
      });
    }
  }
}
