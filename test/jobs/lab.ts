import type { RunEventBody } from '../../src/core/events.ts';
import { MAX_PIECE_BYTES } from '../../src/core/extent.ts';
import type { TargetCatalog } from '../../src/core/target.ts';
import type { ImageSnapshot, VolumeSource, VolumeTarget } from '../../src/core/volume.ts';
import { backUpSource } from '../../src/jobs/back-up.ts';
import type { JobContext, JobOptions, Keep, Watch } from '../../src/jobs/context.ts';
import type { RunCounts } from '../../src/jobs/outcome.ts';
import { runJob, type Selection } from '../../src/jobs/run.ts';
import { type VolumeOptions, volumeKind } from '../../src/jobs/volume/kind.ts';
import { createBufferPool } from '../../src/lib/buffer-pool.ts';
import { WITHOUT_LIMIT } from '../../src/lib/pace.ts';
import { NO_RUN_HOOKS } from '../fakes/hooks.ts';
import { MemoryCluster } from '../fakes/memory-source.ts';
import { MemoryPool, type MemoryPoolOptions } from '../fakes/memory-target.ts';

/** What a job without rules comes to. */
export const KEEP_ALL: Keep = { target: null, source: {}, timeZone: 'UTC' };

/** A source that nobody watches. */
export const UNWATCHED: Watch = {
  signal: new AbortController().signal,
  allowSilence: () => undefined,
  [Symbol.dispose]: () => undefined,
};

type LabOptions = JobOptions & VolumeOptions;

export const IMAGE = 'rbd/vm';
const BUFFERS = 4;

/** Runs a job, and tells how many sources of it succeeded and failed. */
export async function runCounted(
  context: JobContext,
  kind: Parameters<typeof runJob<VolumeSource, VolumeTarget, ImageSnapshot>>[1],
  selection: Selection,
): Promise<RunCounts> {
  let counts: RunCounts = { succeeded: 0, failed: 0 };
  await runJob(context, kind, selection, (told) => {
    counts = told;
  });
  return counts;
}

/** A cluster and a pool in memory, and the real algorithm between them. `reach` is the way to the pool. */
export function createMemoryLab(
  options: Partial<LabOptions> = {},
  poolOptions: Partial<MemoryPoolOptions> = {},
  reach: (pool: MemoryPool) => TargetCatalog<VolumeTarget> = (pool) => pool.catalog(),
) {
  const cluster = new MemoryCluster();
  const pool = new MemoryPool(poolOptions);
  const targets = reach(pool);
  const buffers = createBufferPool({
    count: BUFFERS,
    bytes: MAX_PIECE_BYTES,
    allocate: (bytes) => Buffer.alloc(bytes),
  });
  const events: RunEventBody[] = [];
  let clock = Date.UTC(2026, 10, 23, 14);

  function context(changes: Partial<LabOptions> = {}, signal?: AbortSignal): JobContext {
    return {
      options: {
        task: 'back-up',
        prefix: 'c2z',
        keep: KEEP_ALL,
        transfers: 1,
        full: false,
        dryRun: false,
        ...options,
        ...changes,
      },
      emit: (event) => events.push(event),
      allowSilence: () => undefined,
      watch: () => UNWATCHED,
      pace: WITHOUT_LIMIT,
      hooks: NO_RUN_HOOKS,
      signal: signal ?? new AbortController().signal,
      now: () => new Date((clock += 60_000)),
      random: Math.random,
    };
  }

  function kind(changes: Partial<LabOptions> = {}) {
    return volumeKind({
      diff: 'exact',
      compare: 'auto',
      samples: 0,
      depth: 2,
      ...options,
      ...changes,
      sources: cluster.catalog(),
      targets,
      pool: buffers,
    });
  }

  return {
    cluster,
    pool,
    events,
    context,
    kind,
    /** One run for one image. */
    run: (changes: Partial<LabOptions> = {}, name = IMAGE) =>
      backUpSource(context(changes), kind(changes), name),
    /** Buffers that were lent and not given back. */
    lentBuffers: () => BUFFERS - buffers.free,
    committed(dataset = `pool/${IMAGE}`): { name: string; data: Buffer; size: number }[] {
      return pool
        .dataset(dataset)
        .snapshots.flatMap((snapshot) =>
          snapshot.kind === 'commit'
            ? [{ name: snapshot.name, data: snapshot.data, size: snapshot.record.size }]
            : [],
        );
    },
  };
}

export type MemoryLab = ReturnType<typeof createMemoryLab>;
