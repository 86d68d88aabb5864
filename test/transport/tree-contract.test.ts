import { createRemoteTrees } from '../../src/transport/client/sink.ts';
import { describeTreeTarget } from '../contract/tree-target.ts';
import { memoryTrees } from '../fakes/memory-target-harness.ts';
import { memoryClient, startSink } from '../support/sink.ts';

describeTreeTarget('at a sink, over TLS', async () => {
  const { trees, client } = memoryClient();
  const sink = await startSink({ alpha: client });
  const options = await sink.optionsFor('alpha');
  const [catalog, otherCatalog] = [
    createRemoteTrees(options, 'fs'),
    createRemoteTrees(options, 'fs'),
  ];
  return {
    ...memoryTrees(trees),
    catalog,
    otherCatalog,
    async [Symbol.asyncDispose]() {
      await catalog[Symbol.asyncDispose]();
      await otherCatalog[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
});
