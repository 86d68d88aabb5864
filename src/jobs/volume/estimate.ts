import type { ImageSnapshot, VolumeSource } from '../../core/volume.ts';
import type { JobContext } from '../context.ts';
import type { Plan } from '../plan.ts';
import { extentsFrom, totalBytes } from './align.ts';
import type { VolumeOptions } from './kind.ts';
import { silenceOfDiff } from './transfer.ts';

/** Bytes that would be read if the snapshot were made now. */
export async function estimateVolume(
  { allowSilence, signal }: JobContext,
  { diff }: Pick<VolumeOptions, 'diff'>,
  source: VolumeSource,
  plan: Plan<ImageSnapshot>,
): Promise<number> {
  await using image =
    plan.resume === null
      ? await source.openHead(signal)
      : await source.openSnapshot(plan.resume.snapshot, signal);
  allowSilence(silenceOfDiff(image.size));
  const { extents } = await image.diff(plan.base?.source ?? null, diff, signal);
  const left = extentsFrom(extents, plan.resume?.checkpoint?.offset ?? 0);
  return totalBytes(left.filter(({ kind }) => kind === 'data'));
}
