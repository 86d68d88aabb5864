import type { DiffMode, DiffResult, ImageSnapshot } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import { snapshotId } from '../../native/rbd-snapshots.ts';
import { translate } from '../ceph/translate.ts';
import type { DiffEnd } from './context.ts';
import { runsToExtents } from './extent-collector.ts';
import { whyNotFast } from './fast-diff.ts';
import { snapshotMissing } from './image-handle.ts';
import { readSnapshots } from './read-snapshots.ts';

/** What differs between a user snapshot and what is open, over its full size. */
export async function diffSince(
  open: DiffEnd,
  base: ImageSnapshot | null,
  wanted: DiffMode,
  signal: AbortSignal,
): Promise<DiffResult> {
  const { context, handle, size, label } = open;
  if (base !== null && String(snapshotId(handle.image, base.name)) !== base.id) {
    throw snapshotMissing(context.name, base, 'it cannot be a base');
  }
  try {
    const warnings = wanted === 'fast' ? await whyNotFast(open, base) : [];
    signal.throwIfAborted();
    const mode = warnings.length === 0 ? wanted : 'exact';
    const runs = await context.diffs.run(
      {
        image: handle.image.handle,
        from: base?.name ?? null,
        size,
        wholeObject: mode === 'fast',
        maxRuns: context.maxRuns,
      },
      signal,
    );
    await proveStillThere(open, base);
    return { extents: runsToExtents(runs), mode, warnings };
  } catch (error) {
    if (error instanceof ErrnoError && error.code === 'ECANCELED') signal.throwIfAborted();
    const from = base === null ? '' : ` since ${base.name}`;
    throw translate(error, { what: `cannot find what changed in ${label}${from}` });
  }
}

/**
 * A snapshot that is removed during the diff takes its changes along: the diff then misses some, and
 * says nothing. An id is never used again, so a snapshot that is there now was there all the time.
 */
async function proveStillThere(
  { context, snapshot }: DiffEnd,
  base: ImageSnapshot | null,
): Promise<void> {
  const snapshots = await readSnapshots(context);
  for (const needed of [base, snapshot]) {
    if (needed === null || snapshots.some(({ id }) => id === needed.id)) continue;
    throw snapshotMissing(context.name, needed, 'somebody removed it during the diff');
  }
}
