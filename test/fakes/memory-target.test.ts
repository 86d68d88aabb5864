import { describeVolumeTarget } from '../contract/volume-target.ts';
import { MemoryPool } from './memory-target.ts';

describeVolumeTarget('in memory', async () => {
  const pool = new MemoryPool({ blockSize: 16 * 1024, checkpointBytes: 1 });
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
});
