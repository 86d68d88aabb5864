import type { ImageSnapshot } from '../../core/volume.ts';

/**
 * Ceph (16.2) finds what changed since a user snapshot only, never since a group's. So each image gets an
 * ordinary snapshot just before that of its group: its anchor. What changed between two snapshots of
 * a group is among what either of them has changed since the older one's anchor.
 *
 * The anchor is also how an image says that it needs the group's snapshot.
 */
export function anchorName(snapshot: string): string {
  return `${snapshot}.anchor`;
}

/** What changes since a group's snapshot are found from: any user snapshot before it will do, and the newest is the nearest. */
export function anchorOf(
  base: ImageSnapshot,
  snapshots: readonly ImageSnapshot[],
): ImageSnapshot | undefined {
  return snapshots
    .filter(({ id, group }) => group === null && BigInt(id) < BigInt(base.id))
    .reduce<ImageSnapshot | undefined>(
      (newest, next) =>
        newest === undefined || BigInt(next.id) > BigInt(newest.id) ? next : newest,
      undefined,
    );
}
