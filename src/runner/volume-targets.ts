import type { RbdJob } from '../config/schema.ts';
import { splitBlockSize } from '../config/volume-properties.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { VolumeTarget } from '../core/volume.ts';
import { createZfsCatalog } from '../target/zfs/catalog.ts';
import { createRemoteVolumes } from '../transport/client/sink.ts';
import type { RunBuffers } from './buffers.ts';
import { sinkOptions } from './sink-options.ts';

/** Where the images of a job go. */
export async function openVolumeTargets(
  { target, checkpoint }: Pick<RbdJob, 'target' | 'checkpoint'>,
  buffers: RunBuffers,
): Promise<TargetCatalog<VolumeTarget>> {
  if (target.type === 'sink') return createRemoteVolumes(await sinkOptions(target));
  return createZfsCatalog({
    root: target.dataset,
    ...splitBlockSize(target.properties),
    checkpoint: { everyMs: checkpoint.every, everyBytes: checkpoint.bytes },
    pool: buffers.comparing,
    parallel: buffers.split.writing,
  });
}
