import { createRemoteTrees } from '../../src/transport/client/sink.ts';
import { describeTreeTarget } from '../contract/tree-target.ts';
import { memoryTrees } from '../fakes/memory-target-harness.ts';
import { catalogsAtSink, memoryClient } from '../support/sink.ts';

for (const [name, compress] of [
  ['at a sink, over TLS', 'never'],
  ['at a sink, compressed over TLS', 'always'],
] as const) {
  describeTreeTarget(name, async () => {
    const { trees, client } = memoryClient();
    const catalogs = await catalogsAtSink(client, (options) =>
      createRemoteTrees({ ...options, compress }, 'fs'),
    );
    return { ...memoryTrees(trees), ...catalogs };
  });
}
