import type { TreeTargetHarness } from '../contract/tree-target.ts';
import type { VolumeTargetHarness } from '../contract/volume-target.ts';
import type { MemoryPool } from './memory-target.ts';
import { plainTree } from './memory-tree.ts';
import type { MemoryTreePool } from './memory-tree-target.ts';

/** What the contract wants of a pool in memory, whoever writes to it. */
export function memoryVolumes(pool: MemoryPool): VolumeTargetHarness {
  return {
    ...common(pool),
    catalog: pool.catalog(),
    otherCatalog: pool.catalog(),
    contents: async (dataset, snapshot) => snapshotOf(pool, dataset, snapshot).data,
    async scribble(dataset, offset, bytes) {
      bytes.copy(pool.dataset(dataset).head, offset);
    },
  };
}

/** Likewise of trees. */
export function memoryTrees(pool: MemoryTreePool): TreeTargetHarness {
  return {
    ...common(pool),
    catalog: pool.catalog(),
    otherCatalog: pool.catalog(),
    contents: async (dataset, snapshot) => plainTree(snapshotOf(pool, dataset, snapshot).inodes),
    scribble: async (dataset, path, bytes) => pool.scribble(dataset, path, bytes),
  };
}

type CommonHarness = Pick<
  VolumeTargetHarness,
  'snapshotByOthers' | 'snapshotNames' | 'guard' | typeof Symbol.asyncDispose
>;

function common(pool: MemoryPool | MemoryTreePool): CommonHarness {
  return {
    snapshotByOthers: async (dataset, name) => pool.snapshotByOthers(dataset, name),
    snapshotNames: async (dataset) => pool.dataset(dataset).snapshots.map(({ name }) => name),
    guard: async (dataset, snapshot, by) => pool.guardWhile(dataset, snapshot, by),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function snapshotOf<Snapshot extends { readonly name: string }>(
  pool: { dataset(name: string): { readonly snapshots: readonly Snapshot[] } },
  dataset: string,
  snapshot: string,
): Snapshot {
  const found = pool.dataset(dataset).snapshots.find(({ name }) => name === snapshot);
  if (found === undefined) throw new Error(`no ${dataset}@${snapshot}`);
  return found;
}
