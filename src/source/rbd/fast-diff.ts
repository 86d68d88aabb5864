import type { ImageSnapshot } from '../../core/volume.ts';
import { flagsAtSnapshots } from '../../native/rbd-snapshots.ts';
import type { DiffEnd } from './context.ts';
import { featureNames } from './features.ts';
import { openSameImage } from './image-handle.ts';
import { formatImageName } from './name.ts';

/** Why a fast diff cannot be believed here, for the operator; empty when it can. */
export async function whyNotFast(
  { context, handle, label, snapshot }: DiffEnd,
  base: ImageSnapshot | null,
): Promise<readonly string[]> {
  const features = featureNames(handle.image.features());
  const missing = ['object-map', 'fast-diff'].filter((feature) => !features.includes(feature));
  if (missing.length > 0) {
    return [
      `${label}: a fast diff needs the image feature ${missing.join(' and ')}; the exact diff was used`,
    ];
  }
  if (handle.image.flags() !== 0n) return [invalid(label)];

  // A fast diff goes through the object map of each snapshot in between as well.
  const { cluster, name, identity } = context;
  await using head = await openSameImage(cluster, name, identity, 'read-only');
  const since = base === null ? 0n : BigInt(base.id);
  const until = snapshot === null ? null : BigInt(snapshot.id);
  const passed = (await flagsAtSnapshots(head.image))
    .filter(({ id }) => id >= since && (until === null || id <= until))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const sizes = [...passed.map(({ size }) => size), handle.image.size()];
  return [
    ...passed
      .filter(({ flags }) => flags !== 0n)
      .map((found) => invalid(`${formatImageName(name)}@${found.name}`)),
    ...(shrinks(sizes) ? [`${label}: the image shrank meanwhile; the exact diff was used`] : []),
  ];
}

/**
 * librbd (16.2.15 at least) forgets what was beyond the end of a snapshot that was smaller than an
 * older one: its fast diff then says nothing of objects that are gone.
 */
function shrinks(sizes: readonly bigint[]): boolean {
  return sizes.some((size, index) => index > 0 && size < (sizes[index - 1] ?? 0n));
}

function invalid(label: string): string {
  return `${label}: the object map is invalid, so the exact diff was used; \`rbd object-map rebuild ${label}\` mends it`;
}
