import { Ceph2zfsError } from '../../core/errors.ts';
import type { ImageSnapshot, VolumeSource } from '../../core/volume.ts';
import { anchorName } from './anchor.ts';

/**
 * Makes a snapshot of a group by `make`, and just before it the anchor of each of the sources, from which later
 * changes are found. Tells which snapshot it is to each source, by its name.
 */
export async function snapshotTogether(
  name: string,
  sources: readonly VolumeSource[],
  make: () => Promise<void>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImageSnapshot>> {
  const anchors: (readonly [VolumeSource, ImageSnapshot])[] = [];
  try {
    for (const source of sources) {
      anchors.push([source, await source.createSnapshot(anchorName(name), signal)]);
    }
    await make();
  } catch (error) {
    // What nobody answered to may come about later, and then needs its anchors.
    const isOpen = error instanceof Ceph2zfsError && error.code === 'snapshot-stalled';
    if (!signal.aborted && !isOpen) await removeAll(anchors, signal);
    throw error;
  }
  const made = new Map<string, ImageSnapshot>();
  for (const source of sources) {
    const snapshots = await source.snapshots(signal);
    const found = snapshots.find((snapshot) => snapshot.name === name && snapshot.group !== null);
    if (found !== undefined) made.set(source.name, found);
  }
  return made;
}

/** As many as can be: what is left is found by the claim of its name. */
async function removeAll(
  anchors: readonly (readonly [VolumeSource, ImageSnapshot])[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.allSettled(
    anchors.map(([source, anchor]) => source.removeSnapshot(anchor, signal)),
  );
}
