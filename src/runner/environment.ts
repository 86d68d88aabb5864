import type { Job } from '../config/schema.ts';

/**
 * Threads for writing to the target and for calls into Ceph's libraries that block. The default of
 * four would be the bottleneck.
 */
const LEAST_THREADS = 16;

/** Of them so many are left for writing when a call of each transfer waits for a monitor of Ceph, which may take a second. */
const THREADS_BESIDE = 8;

/** Heaps of the C library; by default it has eight for each processor, which all keep what was freed. */
const ARENAS = '2';

/**
 * Of this many bytes on, memory of the C library goes back to the system as soon as it is freed. By default it is
 * kept for the next time, and with pieces of large files between many small things the heap then grows by half as much
 * again as the run needs. The price is some CPU time (half a second for each GiB), which images need not pay.
 */
const LARGE = String(1024 * 1024);

/**
 * Node's own heap stays small: without these it lets garbage pile up to 150 MiB beside what is in use, and it is
 * no faster for it.
 */
export const RUNNER_FLAGS: readonly string[] = ['--max-semi-space-size=2', '--optimize-for-size'];

/** What the process of a run with so many transfers at a time finds in its environment, beyond what it inherits. */
export function runnerEnvironment(
  type: Job['source']['type'],
  transfers = 1,
): Readonly<Record<string, string>> {
  return {
    UV_THREADPOOL_SIZE: String(Math.max(LEAST_THREADS, transfers + THREADS_BESIDE)),
    MALLOC_ARENA_MAX: ARENAS,
    ...(type === 'cephfs' ? { MALLOC_MMAP_THRESHOLD_: LARGE } : {}),
  };
}
