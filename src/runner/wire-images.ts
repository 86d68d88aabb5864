import type { Job, RbdJob } from '../config/schema.ts';
import { volumeKind } from '../jobs/volume/kind.ts';
import { parseSize } from '../lib/size.ts';
import { openRbdCatalog } from '../source/rbd/catalog.ts';
import { createZfsCatalog } from '../target/zfs/catalog.ts';
import { createBuffers } from './buffers.ts';

/** Blocks of new zvols, in bytes, where the configuration says nothing. */
const BLOCK_BYTES = 16 * 1024;

/** Ranges of a diff that are kept apart; each takes some 100 bytes on its way. */
const MAX_RUNS = 250_000;

/** RBD images to zvols. */
export async function wireImages(job: RbdJob, signal: AbortSignal) {
  const buffers = createBuffers(job.memory);
  const { volblocksize, ...properties } = job.target.properties;
  const targets = createZfsCatalog({
    root: job.target.dataset,
    properties,
    blockSize: blockSize(volblocksize),
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

function blockSize(volblocksize: string | undefined): number {
  const size = volblocksize === undefined ? undefined : parseSize(volblocksize);
  return size?.ok === true ? size.value : BLOCK_BYTES;
}

function sourceOptions(job: Job): Parameters<typeof openRbdCatalog>[0] {
  const { conf, user, keyring } = job.source.ceph;
  return { conf, user, keyring, snapshotTimeoutMs: job.timeouts.snapshot, maxRuns: MAX_RUNS };
}
