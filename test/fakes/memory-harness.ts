import type { VolumeGroupHarness } from '../contract/volume-group.ts';
import type { ImageUnderTest } from '../contract/volume-source.ts';
import { MemoryCluster } from './memory-source.ts';

/** A cluster in memory for the contract of a volume source. */
export function memoryHarness(): VolumeGroupHarness {
  const cluster = new MemoryCluster();
  let count = 0;
  return {
    catalog: cluster.catalog(),
    async createImage(size) {
      const name = `pool/image-${count++}`;
      cluster.createImage(name, size);
      return imageUnderTest(cluster, name);
    },
    async createGroup() {
      const group = cluster.createGroup(`pool/group-${count++}`);
      return {
        name: group.name,
        add: async (image) => void group.members.add(image.name),
        remove: async (image) => void group.members.delete(image.name),
        createSnapshot: async (name) => group.createSnapshot(name),
        removeSnapshot: async (name) => group.removeSnapshot(name, cluster.images()),
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function imageUnderTest(cluster: MemoryCluster, name: string): ImageUnderTest {
  return {
    name,
    write: async (offset, bytes) => cluster.image(name).write(offset, bytes),
    discard: async (offset, length) => cluster.image(name).discard(offset, length),
    resize: async (size) => cluster.image(name).resize(size),
    createSnapshot: async (snapshot) => void cluster.image(name).createSnapshot(snapshot),
    removeSnapshot: async (snapshot) => cluster.image(name).removeSnapshot(snapshot),
    protectSnapshot: async (snapshot) => cluster.image(name).protectSnapshot(snapshot),
    unprotectSnapshot: async (snapshot) => cluster.image(name).protectSnapshot(snapshot, false),
    recreate: async (size) => {
      cluster.removeImage(name);
      cluster.createImage(name, size);
    },
  };
}
