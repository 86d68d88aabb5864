import type { TreeTargetHarness } from '../contract/tree-target.ts';
import type { VolumeTargetHarness } from '../contract/volume-target.ts';
import type { MemoryPool } from './memory-target.ts';
import { plainTree } from './memory-tree.ts';
import type { MemoryTreePool } from './memory-tree-target.ts';

/** What the contract wants of a pool in memory, whoever writes to it. */
export function memoryVolumes(pool: MemoryPool): VolumeTargetHarness {
  return {
    catalog: pool.catalog(),
    otherCatalog: pool.catalog(),
    async contents(dataset, snapshot) {
      const found = pool.dataset(dataset).snapshots.find(({ name }) => name === snapshot);
      if (found === undefined) throw new Error(`no ${dataset}@${snapshot}`);
      return found.data;
    },
    async scribble(dataset, offset, bytes) {
      bytes.copy(pool.dataset(dataset).head, offset);
    },
    snapshotByOthers: async (dataset, name) => pool.snapshotByOthers(dataset, name),
    snapshotNames: async (dataset) => pool.dataset(dataset).snapshots.map(({ name }) => name),
    guard: async (dataset, snapshot, by) => pool.guardWhile(dataset, snapshot, by),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Likewise of trees. */
export function memoryTrees(pool: MemoryTreePool): TreeTargetHarness {
  return {
    catalog: pool.catalog(),
    otherCatalog: pool.catalog(),
    async contents(dataset, snapshot) {
      const found = pool.dataset(dataset).snapshots.find(({ name }) => name === snapshot);
      if (found === undefined) throw new Error(`no ${dataset}@${snapshot}`);
      return plainTree(found.inodes);
    },
    scribble: async (dataset, path, bytes) => pool.scribble(dataset, path, bytes),
    snapshotByOthers: async (dataset, name) => pool.snapshotByOthers(dataset, name),
    snapshotNames: async (dataset) => pool.dataset(dataset).snapshots.map(({ name }) => name),
    guard: async (dataset, snapshot, by) => pool.guardWhile(dataset, snapshot, by),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
