import type { Sink as SinkConfig } from '../config/sink.ts';
import { reportError } from '../core/errors.ts';
import { readTls } from '../transport/read-tls.ts';
import { type SinkOptions, serveSink } from '../transport/server/serve-sink.ts';
import type { SinkClient } from '../transport/server/sink-client.ts';
import type { TlsFiles } from '../transport/tls.ts';
import { createClients } from './clients.ts';
import { createDatasetKeeper, type Prepare } from './datasets.ts';
import { SinkError } from './errors.ts';
import { createMeasure } from './measure.ts';
import type { SinkReport } from './messages.ts';
import { createTlsKeeper } from './tls-keeper.ts';

/** What a sink writes to. */
export interface SinkWorld extends Pick<SinkOptions, 'allocate' | 'limits'> {
  /** What a client of the configuration may do. */
  readonly client: (config: SinkConfig['clients'][string]) => SinkClient;
  readonly prepare: Prepare;
}

/** A sink that serves what a configuration says. Disposing of it ends all connections, and leaves all targets at rest. */
export interface ServedSink extends AsyncDisposable {
  readonly port: number;
  report(): SinkReport;
  /**
   * Goes on with another configuration, but on the address that it has. Resolves when the TLS files were looked at, and
   * clients that are none any more have left. What is wrong is among the problems of the report.
   */
  reload(config: SinkConfig): Promise<void>;
  /** Looks whether TLS files have changed, or what was wrong with datasets is mended. */
  look(): Promise<void>;
  /** Begins no transfers any more, and waits until those that go on have ended, or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

/** Throws what {@link readTls} does when the TLS files cannot be used, and a SinkError (`sink-listen`). */
export async function serve(first: SinkConfig, world: SinkWorld): Promise<ServedSink> {
  let config = first;
  const files = await readTls(config.tls);
  const clients = createClients(config.clients, world.client);
  await using parts = new AsyncDisposableStack();
  const sink = parts.use(await listen(config, files, (name) => clients.of(name), world));
  const datasets = parts.use(createDatasetKeeper(world.prepare));
  const tls = createTlsKeeper({ paths: config.tls, files }, (next) => sink.setTls(next));
  // A pool that hangs keeps nobody else from pushing.
  void datasets.set(config.clients);
  const measure = createMeasure();

  const kept = parts.move();
  return {
    port: sink.port,
    report() {
      const state = sink.state();
      const come = new Map(state.clients.map((client) => [client.name, client]));
      const tlsProblems = tls.problem === null ? [] : [reportError(tls.problem)];
      return {
        clients: Object.entries(config.clients).map(([name, { dataset }]) => ({
          ...(come.get(name) ?? { name, connections: 0, sessions: 0, bytesReceived: 0 }),
          dataset,
        })),
        transfers: measure(state.transfers, Date.now()),
        refused: state.refused,
        problems: [...tlsProblems, ...datasets.problems],
      };
    },
    async reload(next) {
      config = next;
      clients.set(next.clients);
      void datasets.set(next.clients);
      // Who may come in at all, before who is a client: the former may hang on nothing.
      await tls.look(next.tls);
      await sink.review();
    },
    async look() {
      await tls.look();
      await datasets.lookAgain();
    },
    drain: (signal) => sink.drain(signal),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function listen(
  { listen: { host, port }, memory }: SinkConfig,
  tls: TlsFiles,
  clientOf: SinkOptions['clientOf'],
  { allocate, limits }: SinkWorld,
) {
  try {
    return await serveSink({ host, port, tls, clientOf, allocate, limits: { memory, ...limits } });
  } catch (cause) {
    throw new SinkError({
      code: 'sink-listen',
      message: `the sink cannot listen on ${host} port ${port}`,
      retry: 'backoff',
      hint: 'See who has the port (`ss -ltnp`), and whether the machine has the address; or correct `sink.listen`.',
      cause,
    });
  }
}
