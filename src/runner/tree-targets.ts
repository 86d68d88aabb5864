import type { CephfsJob } from '../config/schema.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { TreeTarget } from '../core/tree.ts';
import { createTreeCatalog } from '../target/zfs/tree/catalog.ts';
import { createRemoteTrees } from '../transport/client/sink.ts';
import type { RunBuffers } from './buffers.ts';
import { sinkOptions } from './sink-options.ts';

/** Threads for system calls on the target: they are short. */
const THREADS = 2;

/** Where the directories of a job go. */
export async function openTreeTargets(
  { source, target }: Pick<CephfsJob, 'target'> & { readonly source: { readonly fs: string } },
  buffers: RunBuffers,
): Promise<TargetCatalog<TreeTarget>> {
  if (target.type === 'sink') return createRemoteTrees(await sinkOptions(target), source.fs);
  return createTreeCatalog({
    root: target.dataset,
    filesystem: source.fs,
    properties: target.properties,
    pool: buffers.comparing,
    threads: THREADS,
  });
}
