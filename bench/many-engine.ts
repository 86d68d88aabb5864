import { runJob } from '../src/jobs/run.ts';
import { volumeKind } from '../src/jobs/volume/kind.ts';
import { createBuffers } from '../src/runner/buffers.ts';
import { openRbdCatalog } from '../src/source/rbd/catalog.ts';
import { MemoryPool } from '../test/fakes/memory-target.ts';
import { benchContext } from './job-context.ts';

/**
 * The engine for images, with a pool in memory and without samples: a first run, and then some with no change.
 *   many-engine.ts PATTERN TRANSFERS ROUNDS
 * Prints one line of JSON: {@link ManyRuns}.
 */
export interface ManyRuns {
  /** Seconds of each run with no change. */
  readonly runs: readonly number[];
  /** Peak of resident memory in KiB, with the pool in it. */
  readonly maxRssKiB: number;
}

const [pattern = '', transfers = '', rounds = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const { split, copying } = createBuffers(64 * 1024 * 1024);
const pool = new MemoryPool();

async function run(): Promise<number> {
  const before = performance.now();
  const conf = process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf';
  await using sources = await openRbdCatalog({ conf, user: 'admin' }, signal);
  await using targets = pool.catalog();
  const kind = volumeKind({
    sources,
    targets,
    diff: 'exact',
    compare: 'auto',
    samples: 0,
    depth: split.copying,
    pool: copying,
  });
  const context = benchContext(
    signal,
    (event) => {
      if (event.type === 'transfer-failed') throw new Error(JSON.stringify(event));
    },
    Number(transfers),
  );
  await runJob(context, kind, { select: [pattern], groups: [], only: null }, () => undefined);
  return (performance.now() - before) / 1000;
}

await run();
const runs: number[] = [];
for (let round = 0; round < Number(rounds); round++) runs.push(await run());
const told: ManyRuns = { runs, maxRssKiB: process.resourceUsage().maxRSS };
console.log(JSON.stringify(told));
