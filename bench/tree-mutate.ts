import { randomBytes, randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { CephfsClient } from '../test/support/cephfs-client.ts';

/**
 * Makes and changes a tree for a benchmark, in the lab's CephFS:
 *   tree-mutate.ts DIRECTORY files FROM TO    small files (1 to 16 KiB), 100 in a directory
 *   tree-mutate.ts DIRECTORY large COUNT      files of 64 MiB
 *   tree-mutate.ts DIRECTORY wide COUNT       empty files, all in the one directory
 *   tree-mutate.ts DIRECTORY change COUNT OF  writes to the first COUNT directories' files, one in each of them
 *   tree-mutate.ts DIRECTORY remove           removes it, with its snapshots
 */
const IN_DIRECTORY = 100;
const LARGE_BYTES = 64 * 1024 * 1024;
const PIECE = 4 * 1024 * 1024;
const AT_A_TIME = 16;

const [directory = '', mode, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0] = numbers.map(Number);
await using client = await CephfsClient.open();

async function inParallel(from: number, to: number, work: (index: number) => Promise<void>) {
  let next = from;
  async function worker(): Promise<void> {
    for (let index = next++; index < to; index = next++) await work(index);
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

const directoryOf = (index: number) => `${directory}/d${Math.floor(index / IN_DIRECTORY)}`;
const fileOf = (index: number) => `${directoryOf(index)}/file-${index}`;

if (mode === 'files') {
  if (first === 0) await client.mkdir(directory);
  for (let at = first; at < second; at += IN_DIRECTORY) await client.mkdir(directoryOf(at));
  await inParallel(first, second, (index) =>
    client.write(fileOf(index), 0, randomBytes(randomInt(1024, 16 * 1024))),
  );
} else if (mode === 'large') {
  await client.mkdir(directory);
  await inParallel(0, first, async (index) => {
    for (let at = 0; at < LARGE_BYTES; at += PIECE) {
      await client.write(`${directory}/large-${index}`, at, randomBytes(PIECE));
    }
  });
} else if (mode === 'wide') {
  await client.mkdir(directory);
  await inParallel(0, first, (index) =>
    client.mknod(`${directory}/an-empty-file-${index}`, constants.S_IFREG | 0o644),
  );
} else if (mode === 'change') {
  const step = Math.floor(second / first);
  await inParallel(0, first, (index) => client.write(fileOf(index * step), 0, randomBytes(512)));
} else if (mode === 'remove') {
  await client.removeTree(directory);
} else {
  throw new Error(`files, large, wide, change or remove; not ${mode}`);
}
await client.sync();
