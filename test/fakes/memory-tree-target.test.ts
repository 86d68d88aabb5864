import { describeTreeTarget } from '../contract/tree-target.ts';
import { plainTree } from './memory-tree.ts';
import { MemoryTreePool } from './memory-tree-target.ts';

describeTreeTarget('in memory', async () => {
  const pool = new MemoryTreePool();
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
});
