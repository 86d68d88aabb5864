import { reportError } from '../core/errors.ts';
import type { TransferPlanned } from '../core/events.ts';
import type { SourceSnapshot, VolumeSource } from '../core/source.ts';
import { extentsFrom, totalBytes } from './align.ts';
import type { JobContext } from './context.ts';
import { type Plan, type PlanInput, planTransfer, spentSnapshots } from './plan.ts';
import { silenceOfDiff, transferSnapshot } from './transfer.ts';

/**
 * Backs up one source. A transfer that was cut off is finished first, from the snapshot that it was
 * about; then a new snapshot is made and transferred, so that a run always ends with a backup of
 * now.
 */
export async function backUpSource(context: JobContext, name: string): Promise<void> {
  await using _lock = await context.targets.lock(name);
  await using source = await context.sources.open(name, context.signal);
  let full = context.options.full;
  for (;;) {
    const input = await survey(context, source, full);
    const plan = planTransfer(input);
    context.emit(await planned(context, name, plan, null));
    const target =
      plan.dataset === null
        ? await context.targets.create(name, source.identity, context.signal)
        : context.targets.open(plan.dataset);
    const kept = await transferSnapshot(context, source, target, plan);
    context.emit({ type: 'transfer-phase', source: name, phase: 'cleaning' });
    await removeSpent(context, source, spentSnapshots(input, kept));
    await target.settle(context.signal);
    if (plan.resume === null) return;
    full = false;
  }
}

/** What `--dry-run` tells: the plan, and how much would be read if the snapshot were made now. */
export async function planSource(context: JobContext, name: string): Promise<void> {
  const { options, signal } = context;
  await using source = await context.sources.open(name, signal);
  const plan = planTransfer(await survey(context, source, options.full));
  await using image =
    plan.resume === null
      ? await source.openHead(signal)
      : await source.openSnapshot(plan.resume.snapshot, signal);
  context.allowSilence(silenceOfDiff(image.size));
  const { extents } = await image.diff(plan.base?.source ?? null, options.diff, signal);
  const left = extentsFrom(extents, plan.resume?.checkpoint?.offset ?? 0);
  const bytes = totalBytes(left.filter(({ kind }) => kind === 'data'));
  context.emit(await planned(context, name, plan, bytes));
}

async function survey(
  { targets, signal }: JobContext,
  source: VolumeSource,
  full: boolean,
): Promise<PlanInput> {
  return {
    identity: source.identity,
    snapshots: await source.snapshots(signal),
    generations: await targets.generations(source.name, signal),
    full,
  };
}

async function planned(
  { targets, signal }: JobContext,
  source: string,
  plan: Plan,
  estimatedBytes: number | null,
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
async function removeSpent(
  context: JobContext,
  source: VolumeSource,
  spent: readonly SourceSnapshot[],
): Promise<void> {
  for (const snapshot of spent) {
    try {
      await source.removeSnapshot(snapshot, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      const { message, hint } = reportError(error);
      context.emit({
        type: 'warning',
        source: source.name,
        code: 'snapshot-kept',
        message: `the old snapshot ${source.name}@${snapshot.name} stays: ${message}`,
        hint: hint ?? null,
      });
    }
  }
}
