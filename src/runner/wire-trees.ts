import type { CephfsJob } from '../config/schema.ts';
import { MAX_PIECE_BYTES } from '../core/extent.ts';
import { treeKind } from '../jobs/tree/kind.ts';
import { createBufferPool } from '../lib/buffer-pool.ts';
import { allocateAligned } from '../native/memory.ts';
import { openCephfsCatalog } from '../source/cephfs/catalog.ts';
import { createTreeCatalog } from '../target/zfs/tree/catalog.ts';
import { splitMemory } from './memory.ts';

/** Directories that are walked at a time. */
const DIRECTORIES = 4;

/** Threads for system calls on the target: they are short. */
const TARGET_THREADS = 2;

/** Entries that are written at a time; each waits for the metadata server more than for anything else. */
const ENTRIES = 16;

/** CephFS directories to filesystems. */
export async function wireTrees(job: CephfsJob, signal: AbortSignal) {
  const memory = splitMemory(job.memory, MAX_PIECE_BYTES);
  const pool = (count: number) =>
    createBufferPool({ count, bytes: MAX_PIECE_BYTES, allocate: allocateAligned });
  const { source, target } = job;
  const { conf, user, keyring } = source.ceph;
  const targets = createTreeCatalog({
    root: target.dataset,
    filesystem: source.fs,
    properties: target.properties,
    pool: pool(memory.comparing),
    threads: TARGET_THREADS,
  });
  const sources = await openCephfsCatalog(
    {
      conf,
      user,
      keyring,
      filesystem: source.fs,
      select: source.select,
      snapshotTimeoutMs: job.timeouts.snapshot,
    },
    signal,
  );
  const kind = treeKind({
    scan: {
      mode: source.scan.mode,
      marginMs: source.scan.margin,
      settleMs: source.scan.settle,
      fullEveryMs: source.scan.full_every,
    },
    onError: source.on_error,
    directories: DIRECTORIES,
    entries: ENTRIES,
    depth: memory.copying,
    pool: pool(memory.copying),
    sources,
    targets,
  });
  return {
    kind,
    close: async (): Promise<void> => {
      await targets[Symbol.asyncDispose]();
      await sources[Symbol.asyncDispose]();
    },
  };
}
