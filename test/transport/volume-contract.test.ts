import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { describeVolumeTarget } from '../contract/volume-target.ts';
import { memoryVolumes } from '../fakes/memory-target-harness.ts';
import { catalogsAtSink, memoryClient } from '../support/sink.ts';

for (const [name, compress] of [
  ['at a sink, over TLS', 'never'],
  ['at a sink, compressed over TLS', 'always'],
] as const) {
  describeVolumeTarget(name, async () => {
    const { volumes, client } = memoryClient({ blockSize: 16 * 1024, checkpointBytes: 1 });
    const catalogs = await catalogsAtSink(client, (options) =>
      createRemoteVolumes({ ...options, compress }),
    );
    return { ...memoryVolumes(volumes), ...catalogs };
  });
}
