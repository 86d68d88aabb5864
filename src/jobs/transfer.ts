import type { TransferPhase } from '../core/events.ts';
import { freeSnapshotName } from '../core/snapshot-name.ts';
import type { SourceSnapshot, VolumeSnapshot, VolumeSource } from '../core/source.ts';
import type { TransferOrder, VolumeTarget, VolumeWriter } from '../core/target.ts';
import { throttle } from '../lib/throttle.ts';
import { alignExtents, extentsFrom, totalBytes } from './align.ts';
import type { JobContext } from './context.ts';
import { JobError } from './errors.ts';
import { readPieces } from './pieces.ts';
import type { Plan } from './plan.ts';
import { compareSamples, pickSamples } from './sample.ts';

const PROGRESS_MS = 200;

/** A diff is one silent call; it looks at some thousand objects of 4 MiB in a second, seldom fewer. */
const SLOWEST_DIFF_BYTES_PER_S = 500 * 4 * 1024 * 1024;

/** How long the diff of an image may take, in milliseconds; `size` in bytes. */
export function silenceOfDiff(size: number): number {
  return (size / SLOWEST_DIFF_BYTES_PER_S) * 1000;
}

/**
 * Brings one snapshot of a source to the target: the middle of the five steps. The order of the
 * calls is what makes a run safe to kill at any moment:
 *
 * 1. claim the snapshot's name on the target, so that the snapshot is known to be ours,
 * 2. make the snapshot on the source,
 * 3. put the target back to the base (or the checkpoint), write, flush,
 * 4. make the target's snapshot: the commit.
 */
export async function transferSnapshot(
  context: JobContext,
  source: VolumeSource,
  target: VolumeTarget,
  plan: Plan,
): Promise<SourceSnapshot> {
  const { emit, signal, options } = context;
  const started = performance.now();
  const enter = (phase: TransferPhase): void =>
    emit({ type: 'transfer-phase', source: source.name, phase });

  enter('snapshot');
  const taken = plan.resume?.snapshot ?? (await takeSnapshot(context, source, target));
  await using snapshot = await source.openSnapshot(taken, signal);

  enter('diff');
  context.allowSilence(silenceOfDiff(snapshot.size));
  const diff = await snapshot.diff(plan.base?.source ?? null, options.diff, signal);
  for (const message of diff.warnings) {
    emit({ type: 'warning', source: source.name, code: 'diff', message, hint: null });
  }

  enter('copying');
  const order: TransferOrder = {
    source: source.name,
    identity: source.identity,
    snapshot: { ...taken, size: snapshot.size },
    base: plan.base?.target.name ?? null,
    checkpoint: plan.resume?.checkpoint ?? null,
    description: snapshot.description,
    compare:
      plan.base !== null &&
      (options.compare === 'always' || (options.compare === 'auto' && diff.mode === 'fast')),
  };
  await using writer = await target.begin(order, signal);
  const changed = alignExtents(diff.extents, {
    blockSize: writer.blockSize,
    size: snapshot.size,
    baseSize: plan.base?.source.size ?? null,
  });
  const copied = await copy(context, source.name, snapshot, writer, {
    extents: extentsFrom(changed, order.checkpoint?.offset ?? 0),
  });

  if (plan.base !== null) {
    enter('sampling');
    const places = pickSamples(changed, snapshot.size, options.samples, context.random);
    await compareSamples(snapshot, writer, places, { ...context, source: source.name });
  }

  enter('committing');
  await proveStillThere(source, taken, signal);
  await writer.commit(signal);
  emit({
    type: 'transfer-finished',
    source: source.name,
    dataset: target.dataset,
    snapshot: taken.name,
    mode: plan.base === null ? 'full' : 'incremental',
    diff: diff.mode,
    size: snapshot.size,
    ...copied,
    durationMs: Math.round(performance.now() - started),
  });
  return taken;
}

/**
 * A removed snapshot reads as zeros, or as what the image is by now, and nobody says so: what was
 * read is right only if the snapshot is still there. An id is never used again.
 */
async function proveStillThere(
  source: VolumeSource,
  taken: SourceSnapshot,
  signal: AbortSignal,
): Promise<void> {
  const snapshots = await source.snapshots(signal);
  if (snapshots.some(({ id }) => id === taken.id)) return;
  throw new JobError({
    code: 'snapshot-missing',
    message: `somebody removed the snapshot ${source.name}@${taken.name} (id ${taken.id}) while it was copied`,
    retry: 'reconnect',
    hint: 'Nothing was committed; a new run starts from what is left.',
  });
}

async function takeSnapshot(
  { options, signal, now }: JobContext,
  source: VolumeSource,
  target: VolumeTarget,
): Promise<SourceSnapshot> {
  const existing = await source.snapshots(signal);
  const names = new Set(existing.map(({ name }) => name));
  const name = freeSnapshotName(options.prefix, now(), names);
  await target.claim(name, signal);
  return source.createSnapshot(name, signal);
}

async function copy(
  context: JobContext,
  source: string,
  snapshot: VolumeSnapshot,
  writer: VolumeWriter,
  { extents }: { readonly extents: Parameters<typeof totalBytes>[0] },
): Promise<{ bytesRead: number; bytesWritten: number }> {
  const { emit, pool, signal, options } = context;
  const bytesTotal = totalBytes(extents);
  let bytesRead = 0;
  const pieces = readPieces(snapshot, extents, {
    pool,
    depth: options.depth,
    signal,
    onRead: (bytes) => {
      bytesRead += bytes;
    },
  });
  const done = await writer.apply(pieces, {
    signal,
    onProgress: throttle(PROGRESS_MS, ({ bytesDone, bytesWritten }) =>
      emit({ type: 'transfer-progress', source, bytesDone, bytesTotal, bytesWritten }),
    ),
    onCheckpoint: (offset) => emit({ type: 'checkpoint', source, offset }),
  });
  emit({ type: 'transfer-progress', source, ...done, bytesTotal });
  return { bytesRead, bytesWritten: done.bytesWritten };
}
