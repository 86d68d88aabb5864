import type { Job, RbdJob } from '../config/schema.ts';
import { volumeKind } from '../jobs/volume/kind.ts';
import { openRbdCatalog } from '../source/rbd/catalog.ts';
import { createBuffers } from './buffers.ts';
import { openVolumeTargets } from './volume-targets.ts';

/** Ranges of a diff that are kept apart; each takes some 100 bytes on its way. */
const MAX_RUNS = 250_000;

/** RBD images to volumes, here or at a sink. */
export async function wireImages(job: RbdJob, signal: AbortSignal) {
  const buffers = createBuffers(job.memory, job.target.type !== 'sink');
  const targets = await openVolumeTargets(job, buffers);
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
