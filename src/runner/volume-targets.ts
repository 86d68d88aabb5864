import type { RbdJob } from '../config/schema.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { VolumeTarget } from '../core/volume.ts';
import { parseSize } from '../lib/size.ts';
import { createZfsCatalog } from '../target/zfs/catalog.ts';
import { createRemoteVolumes } from '../transport/client/sink.ts';
import type { RunBuffers } from './buffers.ts';
import { sinkOptions } from './sink-options.ts';

/** Blocks of new zvols, in bytes, where the configuration says nothing. */
const BLOCK_BYTES = 16 * 1024;

/** Where the images of a job go. */
export async function openVolumeTargets(
  { target, checkpoint }: Pick<RbdJob, 'target' | 'checkpoint'>,
  buffers: RunBuffers,
): Promise<TargetCatalog<VolumeTarget>> {
  if (target.type === 'sink') return createRemoteVolumes(await sinkOptions(target));
  const { volblocksize, ...properties } = target.properties;
  return createZfsCatalog({
    root: target.dataset,
    properties,
    blockSize: blockSize(volblocksize),
    checkpoint: { everyMs: checkpoint.every, everyBytes: checkpoint.bytes },
    pool: buffers.comparing,
    parallel: buffers.split.writing,
  });
}

function blockSize(volblocksize: string | undefined): number {
  const size = volblocksize === undefined ? undefined : parseSize(volblocksize);
  return size?.ok === true ? size.value : BLOCK_BYTES;
}
