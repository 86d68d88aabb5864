import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { describeVolumeTarget } from '../contract/volume-target.ts';
import { memoryVolumes } from '../fakes/memory-target-harness.ts';
import { memoryClient, startSink } from '../support/sink.ts';

describeVolumeTarget('at a sink, over TLS', async () => {
  const { volumes, client } = memoryClient({ blockSize: 16 * 1024, checkpointBytes: 1 });
  const sink = await startSink({ alpha: client });
  const options = await sink.optionsFor('alpha');
  const [catalog, otherCatalog] = [createRemoteVolumes(options), createRemoteVolumes(options)];
  return {
    ...memoryVolumes(volumes),
    catalog,
    otherCatalog,
    async [Symbol.asyncDispose]() {
      await catalog[Symbol.asyncDispose]();
      await otherCatalog[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
});
