import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { describeVolumeTarget } from '../contract/volume-target.ts';
import { memoryVolumes } from '../fakes/memory-target-harness.ts';
import { catalogsAtSink, memoryClient } from '../support/sink.ts';

describeVolumeTarget('at a sink, over TLS', async () => {
  const { volumes, client } = memoryClient({ blockSize: 16 * 1024, checkpointBytes: 1 });
  return { ...memoryVolumes(volumes), ...(await catalogsAtSink(client, createRemoteVolumes)) };
});
