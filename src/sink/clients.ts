import { isDeepStrictEqual } from 'node:util';
import type { SinkClient as ClientConfig, Sink } from '../config/sink.ts';
import type { SinkClient } from '../transport/server/sink-client.ts';

/** Who may push, as a configuration has it. */
export interface Clients {
  /** Null when there is no such client. */
  of(name: string): SinkClient | null;
  /** Goes on with another configuration; a client that is the same in both stays what it is. */
  set(clients: Sink['clients']): void;
}

export function createClients(
  first: Sink['clients'],
  wire: (config: ClientConfig) => SinkClient,
): Clients {
  // A name may be that of anything an object has.
  let known = new Map<string, { readonly config: ClientConfig; readonly client: SinkClient }>();

  function set(clients: Sink['clients']): void {
    known = new Map(
      Object.entries(clients).map(([name, config]) => {
        const before = known.get(name);
        const isSame = isDeepStrictEqual(before?.config, config);
        return [name, before !== undefined && isSame ? before : { config, client: wire(config) }];
      }),
    );
  }

  set(first);
  return { of: (name) => known.get(name)?.client ?? null, set };
}
