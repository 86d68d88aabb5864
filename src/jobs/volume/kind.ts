import type { SourceCatalog } from '../../core/source.ts';
import type { TargetCatalog } from '../../core/target.ts';
import type { DiffMode, ImageSnapshot, VolumeSource, VolumeTarget } from '../../core/volume.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import type { JobKind } from '../context.ts';
import { estimateVolume } from './estimate.ts';
import { transferVolume } from './transfer.ts';

/** What a job asks for when it backs up images. */
export interface VolumeOptions {
  readonly diff: DiffMode;
  /** When to write only blocks that differ; `auto`: when the diff tells of whole objects. */
  readonly compare: 'auto' | 'always' | 'never';
  /** Places to compare that the diff calls unchanged, in each increment. */
  readonly samples: number;
  /** Reads in flight. */
  readonly depth: number;
  /** Buffers for data that is read from the source. */
  readonly pool: BufferPool;
}

export interface VolumeParts extends VolumeOptions {
  readonly sources: SourceCatalog<VolumeSource, ImageSnapshot>;
  readonly targets: TargetCatalog<VolumeTarget>;
}

/** Images to volumes. */
export function volumeKind({
  sources,
  targets,
  ...options
}: VolumeParts): JobKind<VolumeSource, VolumeTarget, ImageSnapshot> {
  return {
    nouns: 'images',
    selectHint:
      'See `rbd ls` for what there is. Patterns are `pool/image` or `pool/namespace/image`.',
    sources,
    targets,
    transfer: (context, transfer) => transferVolume(context, options, transfer),
    estimate: (context, source, plan) => estimateVolume(context, options, source, plan),
  };
}
