import type { TargetSnapshot } from '../../core/target.ts';
import type {
  ImageSnapshot,
  VolumeOrder,
  VolumeSnapshot,
  VolumeSource,
  VolumeTarget,
  VolumeWriter,
} from '../../core/volume.ts';
import { throttle } from '../../lib/throttle.ts';
import type { JobContext, Transfer } from '../context.ts';
import { readPieces } from '../pieces.ts';
import { proveStillThere } from '../take-snapshot.ts';
import { PROGRESS_MS, transferEvents } from '../transfer-events.ts';
import { alignExtents, extentsFrom, totalBytes } from './align.ts';
import type { VolumeOptions } from './kind.ts';
import { compareSamples, pickSamples } from './sample.ts';

/** A diff is one silent call; it looks at some thousand objects of 4 MiB in a second, seldom fewer. */
const SLOWEST_DIFF_BYTES_PER_S = 500 * 4 * 1024 * 1024;

/** How long the diff of an image may take, in milliseconds; `size` in bytes. */
export function silenceOfDiff(size: number): number {
  return (size / SLOWEST_DIFF_BYTES_PER_S) * 1000;
}

/**
 * Brings one snapshot of an image to the target. The order of the calls is what makes a run safe to
 * kill at any moment: the target is put back to the base (or the checkpoint), then written, flushed,
 * and snapshotted, which is the commit.
 */
export async function transferVolume(
  context: JobContext,
  options: VolumeOptions,
  transfer: Transfer<VolumeSource, VolumeTarget, ImageSnapshot>,
): Promise<TargetSnapshot> {
  const { emit, signal } = context;
  const { source, target, snapshot: taken, plan } = transfer;
  const { enter, tellFinished } = transferEvents(context, transfer);
  await using snapshot = await source.openSnapshot(taken, signal);

  enter('diff');
  context.allowSilence(silenceOfDiff(snapshot.size));
  const diff = await snapshot.diff(plan.base?.source ?? null, options.diff, signal);
  for (const message of diff.warnings) {
    emit({ type: 'warning', source: source.name, code: 'diff', message, hint: null });
  }

  enter('copying');
  const order: VolumeOrder = {
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
  const copied = await copy(context, options, source.name, snapshot, writer, {
    extents: extentsFrom(changed, order.checkpoint?.offset ?? 0),
  });

  if (plan.base !== null) {
    enter('sampling');
    const places = pickSamples(changed, snapshot.size, options.samples, context.random);
    await compareSamples(snapshot, writer, places, {
      pool: options.pool,
      signal,
      source: source.name,
    });
  }

  enter('committing');
  await proveStillThere(source, taken, signal);
  const committed = await writer.commit(signal);
  tellFinished({ diff: diff.mode, size: snapshot.size, tree: null, ...copied });
  return committed;
}

async function copy(
  { emit, signal, pace }: JobContext,
  { pool, depth }: VolumeOptions,
  source: string,
  snapshot: VolumeSnapshot,
  writer: VolumeWriter,
  { extents }: { readonly extents: Parameters<typeof totalBytes>[0] },
): Promise<{ bytesRead: number; bytesWritten: number }> {
  const bytesTotal = totalBytes(extents);
  let bytesRead = 0;
  const pieces = readPieces(snapshot, extents, {
    pool,
    depth,
    signal,
    pace,
    onRead: (bytes) => {
      bytesRead += bytes;
    },
  });
  const done = await writer.apply(pieces, {
    signal,
    onProgress: throttle(PROGRESS_MS, ({ bytesDone, bytesWritten }) =>
      emit({
        type: 'transfer-progress',
        source,
        bytesDone,
        bytesTotal,
        bytesWritten,
        entries: null,
      }),
    ),
    onCheckpoint: (offset) => emit({ type: 'checkpoint', source, offset }),
  });
  emit({ type: 'transfer-progress', source, ...done, bytesTotal, entries: null });
  return { bytesRead, bytesWritten: done.bytesWritten };
}
