import type { RunEventBody } from '../../src/core/events.ts';
import { MAX_PIECE_BYTES } from '../../src/core/extent.ts';
import type { TargetCatalog } from '../../src/core/target.ts';
import type { TreeTarget } from '../../src/core/tree.ts';
import { backUpSource } from '../../src/jobs/back-up.ts';
import type { JobContext, JobOptions } from '../../src/jobs/context.ts';
import { type TreeOptions, treeKind } from '../../src/jobs/tree/kind.ts';
import { createBufferPool } from '../../src/lib/buffer-pool.ts';
import { WITHOUT_LIMIT } from '../../src/lib/pace.ts';
import { NO_RUN_HOOKS } from '../fakes/hooks.ts';
import { describeTree } from '../fakes/memory-tree.ts';
import { MemoryFilesystem } from '../fakes/memory-tree-source.ts';
import { MemoryTreePool } from '../fakes/memory-tree-target.ts';
import { delayed, type TreeDelays } from './delayed.ts';
import { KEEP_ALL, UNWATCHED } from './lab.ts';

export const DIRECTORY = '/home';
const BUFFERS = 4;
const SECOND = 1_000_000_000n;
const MINUTE_MS = 60_000;

/** A filesystem and a pool in memory, and the real algorithm between them. `reach` is the way to the pool. */
export function createTreeLab(
  options: Partial<TreeOptions> = {},
  delays: TreeDelays = () => Promise.resolve(),
  reach: (pool: MemoryTreePool) => TargetCatalog<TreeTarget> = (pool) => pool.catalog(),
) {
  const filesystem = new MemoryFilesystem();
  const home = filesystem.add(DIRECTORY);
  const { tree } = home;
  const pool = new MemoryTreePool();
  const targets = delayed(reach(pool), delays);
  const buffers = createBufferPool({
    count: BUFFERS,
    bytes: MAX_PIECE_BYTES,
    allocate: (bytes) => Buffer.alloc(bytes),
  });
  const events: RunEventBody[] = [];

  function context(changes: Partial<JobOptions>): JobContext {
    return {
      options: {
        task: 'back-up',
        prefix: 'c2z',
        full: false,
        dryRun: false,
        keep: KEEP_ALL,
        transfers: 1,
        ...changes,
      },
      emit: (event) => events.push(event),
      allowSilence: () => undefined,
      watch: () => UNWATCHED,
      pace: WITHOUT_LIMIT,
      hooks: NO_RUN_HOOKS,
      signal: new AbortController().signal,
      now: () => new Date(Number(tree.now / 1_000_000n)),
      random: Math.random,
    };
  }

  function kind(changes: Partial<TreeOptions>) {
    const scan = {
      mode: 'rctime',
      marginMs: 10 * MINUTE_MS,
      settleMs: 0,
      fullEveryMs: 24 * 60 * MINUTE_MS,
    } as const;
    return treeKind({
      scan,
      onError: 'fail',
      directories: 3,
      entries: 3,
      depth: 2,
      pool: buffers,
      ...options,
      ...changes,
      sources: filesystem.catalog(),
      targets,
    });
  }

  const dataset = `pool/cephfs/fs${DIRECTORY}`;

  return {
    filesystem,
    home,
    tree,
    pool,
    dataset,
    events,
    /** One run. */
    run: (changes: Partial<TreeOptions & JobOptions> = {}) =>
      backUpSource(context(changes), kind(changes), DIRECTORY),
    /** Lets time go by. */
    wait: (minutes: number) => {
      tree.now += BigInt(minutes) * 60n * SECOND;
    },
    /** Buffers that were lent and not given back. */
    lentBuffers: () => BUFFERS - buffers.free,
    /** All committed snapshots by name, as plain data. */
    backups: (name = dataset) =>
      new Map(
        pool
          .dataset(name)
          .snapshots.map((snapshot) => [snapshot.name, describeTree(snapshot.inodes)]),
      ),
    /** What the last transfer found and did. */
    counts: () => {
      const last = events.findLast((event) => event.type === 'transfer-finished');
      if (last?.type !== 'transfer-finished' || last.tree === null) throw new Error('no transfer');
      const { tree, bytesRead, bytesWritten } = last;
      return { ...tree, bytesRead, bytesWritten };
    },
  };
}

export type TreeLab = ReturnType<typeof createTreeLab>;
