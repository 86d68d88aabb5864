import type { SinkClient as ClientConfig } from '../config/sink.ts';
import { splitBlockSize } from '../config/volume-properties.ts';
import { MAX_PIECE_BYTES } from '../core/extent.ts';
import { createBufferPool } from '../lib/buffer-pool.ts';
import { allocateAligned } from '../native/memory.ts';
import { paceOf } from '../schedule/pace-of.ts';
import { createZfsCatalog } from '../target/zfs/catalog.ts';
import { listBackups } from '../target/zfs/list.ts';
import { setQuota } from '../target/zfs/quota.ts';
import { checkRoot } from '../target/zfs/root.ts';
import { createTreeCatalog } from '../target/zfs/tree/catalog.ts';
import type { SinkClient } from '../transport/server/sink-client.ts';
import type { SinkWorld } from './serve.ts';

/** Pieces of targets that are read at a time to compare them, of all clients together. */
const COMPARING = 8;

/** Writes to a volume in flight, of each transfer. */
const WRITING = 4;

/** Threads for system calls on a filesystem, of each transfer: they are short. */
const TREE_THREADS = 2;

/** A sink whose targets are in ZFS. */
export function wireSink(): SinkWorld {
  const pool = createBufferPool({
    count: COMPARING,
    bytes: MAX_PIECE_BYTES,
    allocate: allocateAligned,
  });
  return {
    allocate: allocateAligned,
    client: ({ dataset, allow, connections, bandwidth, properties, checkpoint }): SinkClient => ({
      root: dataset,
      canPrune: allow.includes('prune'),
      connections,
      list: (signal) => listBackups(dataset, signal),
      pace: paceOf(bandwidth),
      volumes: () =>
        createZfsCatalog({
          root: dataset,
          ...splitBlockSize(properties.volumes),
          checkpoint: { everyMs: checkpoint.every, everyBytes: checkpoint.bytes },
          pool,
          parallel: WRITING,
        }),
      trees: (filesystem) =>
        createTreeCatalog({
          root: dataset,
          filesystem,
          properties: properties.filesystems,
          pool,
          threads: TREE_THREADS,
        }),
    }),
    prepare,
  };
}

async function prepare({ dataset, quota }: ClientConfig, signal: AbortSignal): Promise<void> {
  await checkRoot(dataset, signal);
  if (quota !== undefined) await setQuota(dataset, quota, signal);
}
