import type { Job, RbdJob } from '../config/schema.ts';
import { splitBlockSize } from '../config/volume-properties.ts';
import { volumeKind } from '../jobs/volume/kind.ts';
import { openRbdCatalog } from '../source/rbd/catalog.ts';
import { createZfsCatalog } from '../target/zfs/catalog.ts';
import { createBuffers } from './buffers.ts';

/** Ranges of a diff that are kept apart; each takes some 100 bytes on its way. */
const MAX_RUNS = 250_000;

/** RBD images to zvols. */
export async function wireImages(job: RbdJob, signal: AbortSignal) {
  const buffers = createBuffers(job.memory);
  const targets = createZfsCatalog({
    root: job.target.dataset,
    ...splitBlockSize(job.target.properties),
    checkpoint: { everyMs: job.checkpoint.every, everyBytes: job.checkpoint.bytes },
    pool: buffers.comparing,
    parallel: buffers.split.writing,
  });
  const sources = await openRbdCatalog(sourceOptions(job), signal);
  return volumeKind({
    diff: job.source.diff,
    compare: job.target.compare,
    samples: job.verify.sample,
    depth: buffers.split.copying,
    pool: buffers.copying,
    sources,
    targets,
  });
}

function sourceOptions(job: Job): Parameters<typeof openRbdCatalog>[0] {
  const { conf, user, keyring } = job.source.ceph;
  return { conf, user, keyring, snapshotTimeoutMs: job.timeouts.snapshot, maxRuns: MAX_RUNS };
}
