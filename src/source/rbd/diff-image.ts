import type { DiffMode, DiffResult, ImageSnapshot } from '../../core/volume.ts';
import { anchorOf } from './anchor.ts';
import { changesBetween, wholeContent } from './anchored-changes.ts';
import type { DiffEnd } from './context.ts';
import { diffSince } from './diff.ts';
import { openSameSnapshot } from './image-handle.ts';
import { formatImageName } from './name.ts';
import { readSnapshots } from './read-snapshots.ts';
import { toBytes } from './size.ts';

/** What differs between a base, of whatever kind, and what is open, over its full size. */
export async function diffImage(
  open: DiffEnd,
  base: ImageSnapshot | null,
  wanted: DiffMode,
  signal: AbortSignal,
): Promise<DiffResult> {
  if (base === null || base.group === null) return diffSince(open, base, wanted, signal);
  const anchor = anchorOf(base, await readSnapshots(open.context));
  if (anchor === undefined) return diffWithoutAnchor(open, base, wanted, signal);
  const before = await diffAtBase(open, base, anchor, { wanted, signal });
  const now = await diffSince(open, anchor, wanted, signal);
  return {
    extents: changesBetween({
      atBase: before.extents,
      now: now.extents,
      anchorSize: anchor.size,
      baseSize: base.size,
      size: open.size,
    }),
    mode: before.mode === now.mode ? now.mode : 'fast',
    warnings: [...new Set([...before.warnings, ...now.warnings])],
  };
}

async function diffAtBase(
  { context }: DiffEnd,
  base: ImageSnapshot,
  anchor: ImageSnapshot,
  { wanted, signal }: { readonly wanted: DiffMode; readonly signal: AbortSignal },
): Promise<DiffResult> {
  const { cluster, name, identity } = context;
  await using handle = await openSameSnapshot(cluster, name, identity, base);
  const label = `${formatImageName(name)}@${base.name}`;
  const size = toBytes(handle.image.size(), label);
  return await diffSince({ context, snapshot: base, label, handle, size }, anchor, wanted, signal);
}

async function diffWithoutAnchor(
  open: DiffEnd,
  base: ImageSnapshot,
  wanted: DiffMode,
  signal: AbortSignal,
): Promise<DiffResult> {
  const all = await diffSince(open, null, wanted, signal);
  const why = `${open.label}: somebody removed the snapshot before ${base.name} of ${base.group} that changes are found from, so all of the image is read`;
  return {
    ...all,
    extents: wholeContent(all.extents, open.size),
    warnings: [...all.warnings, why],
  };
}
