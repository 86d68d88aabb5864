import { describeVolumeTarget } from '../contract/volume-target.ts';
import { MemoryPool } from './memory-target.ts';
import { memoryVolumes } from './memory-target-harness.ts';

describeVolumeTarget('in memory', async () =>
  memoryVolumes(new MemoryPool({ blockSize: 16 * 1024, checkpointBytes: 1 })),
);
