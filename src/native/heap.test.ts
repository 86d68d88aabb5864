import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { trimHeap } from './heap.ts';
import { libc } from './load.ts';

const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
const BLOCK_BYTES = 4096;
const BLOCKS = 20_000;

/** Resident memory of this process, in bytes. */
function resident(): number {
  return Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]) * PAGE_BYTES;
}

it('gives back what was freed beneath a block that is still in use', async () => {
  const malloc = libc().func('uintptr_t malloc(size_t size)');
  const memset = libc().func('uintptr_t memset(uintptr_t block, int byte, size_t size)');
  const free = libc().func('void free(uintptr_t block)');
  const blocks = Array.from({ length: BLOCKS }, () => {
    const block = malloc(BLOCK_BYTES) as bigint;
    // It is not in memory before it is written to.
    memset(block, 1, BLOCK_BYTES);
    return block;
  });
  const last = malloc(BLOCK_BYTES);
  for (const block of blocks) free(block);
  const before = resident();
  await trimHeap();
  const given = before - resident();
  free(last);
  expect(given).toBeGreaterThan(40 * MIB);
});
