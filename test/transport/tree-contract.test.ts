import { createRemoteTrees } from '../../src/transport/client/sink.ts';
import { describeTreeTarget } from '../contract/tree-target.ts';
import { memoryTrees } from '../fakes/memory-target-harness.ts';
import { catalogsAtSink, memoryClient } from '../support/sink.ts';

describeTreeTarget('at a sink, over TLS', async () => {
  const { trees, client } = memoryClient();
  const catalogs = await catalogsAtSink(client, (options) => createRemoteTrees(options, 'fs'));
  return { ...memoryTrees(trees), ...catalogs };
});
