import { allocateAligned } from '../../src/native/memory.ts';
import type { SinkClientOptions } from '../../src/transport/client/options.ts';
import { type SinkOptions, serveSink } from '../../src/transport/server/serve-sink.ts';
import type { SinkClient } from '../../src/transport/server/sink-client.ts';
import { MemoryPool, type MemoryPoolOptions } from '../fakes/memory-target.ts';
import { MemoryTreePool } from '../fakes/memory-tree-target.ts';
import { createPki } from './pki.ts';

export const pki = createPki();

/** A client whose targets are in memory. */
export function memoryClient(
  options: Partial<MemoryPoolOptions> = {},
  changes: Partial<SinkClient> = {},
) {
  const volumes = new MemoryPool(options);
  const trees = new MemoryTreePool();
  const client: SinkClient = {
    root: 'pool',
    canPrune: true,
    list: async () => [...volumes.list(), ...trees.list()],
    volumes: () => volumes.catalog(),
    trees: () => trees.catalog(),
    ...changes,
  };
  return { volumes, trees, client };
}

/** Two catalogs of one client at a sink of their own, as the contract of targets wants them. */
export async function catalogsAtSink<Catalog extends AsyncDisposable>(
  client: SinkClient,
  make: (options: SinkClientOptions) => Catalog,
) {
  const sink = await startSink({ alpha: client });
  const options = await sink.optionsFor('alpha');
  const [catalog, otherCatalog] = [make(options), make(options)];
  return {
    catalog,
    otherCatalog,
    async [Symbol.asyncDispose]() {
      await catalog[Symbol.asyncDispose]();
      await otherCatalog[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
}

/** A sink on the loopback address, with clients by their names. */
export async function startSink(
  clients: Readonly<Record<string, SinkClient>>,
  limits: SinkOptions['limits'] = {},
  port = 0,
) {
  const sink = await serveSink({
    host: '127.0.0.1',
    port,
    tls: await pki.server(),
    clientOf: (name) => clients[name] ?? null,
    allocate: allocateAligned,
    limits,
  });
  return {
    port: sink.port,
    /** How a client reaches it. */
    async optionsFor(
      name: string,
      changes: Partial<SinkClientOptions> = {},
    ): Promise<SinkClientOptions> {
      const url = new URL(`https://127.0.0.1:${sink.port}`);
      return { url, tls: await pki.client(name), channels: 3, ...changes };
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}
