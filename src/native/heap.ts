import { callAsync } from './call.ts';
import { lazy } from './lazy.ts';
import { libc } from './load.ts';

const mallocTrim = lazy(() => libc().func('int malloc_trim(size_t pad)'));

/**
 * Gives back to the kernel what C libraries have freed. By itself glibc does so only at the end of its heap: pages
 * between two blocks that are in use stay, however many there are.
 */
export async function trimHeap(): Promise<void> {
  await callAsync<number>(mallocTrim(), [0]);
}
