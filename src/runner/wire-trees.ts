import type { CephfsJob } from '../config/schema.ts';
import { treeKind } from '../jobs/tree/kind.ts';
import { openCephfsCatalog } from '../source/cephfs/catalog.ts';
import { createBuffers } from './buffers.ts';
import { openTreeTargets } from './tree-targets.ts';

/** Directories that are walked at a time. */
const DIRECTORIES = 4;

/** Entries that are written at a time; each waits for the metadata server more than for anything else. */
const ENTRIES = 16;

/** CephFS directories to filesystems, here or at a sink. */
export async function wireTrees(job: CephfsJob, signal: AbortSignal) {
  const buffers = createBuffers(job.memory, job.target.type !== 'sink');
  const { source } = job;
  const { conf, user, keyring } = source.ceph;
  const targets = await openTreeTargets(job, buffers);
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
  return treeKind({
    scan: {
      mode: source.scan.mode,
      marginMs: source.scan.margin,
      settleMs: source.scan.settle,
      fullEveryMs: source.scan.full_every,
    },
    onError: source.on_error,
    directories: DIRECTORIES,
    entries: ENTRIES,
    depth: buffers.split.copying,
    pool: buffers.copying,
    sources,
    targets,
  });
}
