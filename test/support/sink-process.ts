import { allocateAligned } from '../../src/native/memory.ts';
import { type SinkOptions, serveSink } from '../../src/transport/server/serve-sink.ts';
import type { SinkClient } from '../../src/transport/server/sink-client.ts';
import type { TlsFiles } from '../../src/transport/tls.ts';
import { MemoryPool } from '../fakes/memory-target.ts';
import { MemoryTreePool } from '../fakes/memory-tree-target.ts';
import { stuckTrees, stuckVolumes } from './stuck-target.ts';

/** What the parent of this process sends first. */
export interface SinkOrder {
  readonly tls: TlsFiles;
  readonly limits: NonNullable<SinkOptions['limits']>;
}

// A sink in a process of its own, whose memory can be measured. Targets of clients whose names begin with `good` are in
// memory; those of all others get on with nothing.

function clientOf(name: string): SinkClient {
  const [volumes, trees] = [new MemoryPool(), new MemoryTreePool()];
  const list = async () => [...volumes.list(), ...trees.list()];
  const client = { root: 'pool', canPrune: false, list };
  if (name.startsWith('good')) {
    return { ...client, volumes: () => volumes.catalog(), trees: () => trees.catalog() };
  }
  return {
    ...client,
    volumes: () => stuckVolumes(volumes.catalog()),
    trees: () => stuckTrees(trees.catalog()),
  };
}

async function serve({ tls, limits }: SinkOrder): Promise<void> {
  const sink = await serveSink({
    host: '127.0.0.1',
    port: 0,
    tls,
    clientOf,
    allocate: allocateAligned,
    limits,
  });
  process.send?.(sink.port);
}

process.once('message', (order: SinkOrder) => void serve(order));
