import { mkdir } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { reportError } from '../core/errors.ts';
import { createApp } from '../http/app.ts';
import type { Control } from '../http/control.ts';
import { createEventLog } from '../http/events.ts';
import { prepareSocketDirectory, serveOnSocket } from '../http/serve.ts';
import { serveMetrics } from '../http/serve-metrics.ts';
import { lockFile } from '../native/lock-file.ts';
import { startRun } from '../runner/start.ts';
import { type StartSink, startSink } from '../sink/start.ts';
import { type History, openHistory } from '../state/history.ts';
import { type OpenDatabase, openDatabase } from '../state/history-database.ts';
import { openJobStates } from '../state/job-states.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { createControl } from './control.ts';
import { DaemonError } from './errors.ts';
import type { DaemonEvent } from './feed.ts';
import { groupId } from './group.ts';
import { keepTrying } from './keep-trying.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createNotifier } from './notify/notifier.ts';
import type { StartRun } from './ports.ts';
import { judgeRpo } from './rpo.ts';
import { createSettings, jobsOf } from './settings.ts';
import { createSinkKeeper } from './sink-keeper.ts';
import { createSourceBoard, type SourceBoard } from './source-board.ts';
import { createSupervisor } from './supervisor.ts';

/** How often old runs are removed from the history, in milliseconds. */
const TIDY_MS = 3_600_000;

/** How often a history is tried again that cannot be written: nothing else may be told for hours. */
const HISTORY_AGAIN_MS = 60_000;

/** How often jobs are looked at whether they miss their rpo, in milliseconds. */
const RPO_MS = 60_000;

const NOT_SERVED = { problem: null };

export interface DaemonOptions {
  /** Path of the configuration. */
  readonly config: string;
  /** Gets everything that happens. */
  readonly onEvent: (event: DaemonEvent) => void;
  /** Tells something about the daemon itself. */
  readonly log: (level: 'info' | 'warning', text: string) => void;
  /** What of the world is to be another one, for tests. */
  readonly world?: Partial<World>;
}

interface World {
  readonly startRun: StartRun;
  readonly startSink: StartSink;
  readonly openDatabase: OpenDatabase;
}

/** A daemon that runs. */
export interface Daemon {
  /** Reads the configuration again. A broken one changes nothing, and throws what is wrong. */
  reload(): Promise<void>;
  /** Starts no runs any more, gives those that go on the time that the configuration says, and ends. */
  stop(): Promise<void>;
  /** Cancels the runs that {@link stop} waits for. */
  hurry(): void;
}

/**
 * Runs the jobs of a configuration until it is stopped. Throws when the configuration is invalid, when another
 * daemon has its socket, and when its directories cannot be used.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log } = options;
  const world: World = { startRun, startSink, openDatabase, ...options.world };
  const config = await loadConfig(options.config);
  const { socket, group, state } = config.daemon;
  await using parts = new AsyncDisposableStack();
  await prepareSocketDirectory(socket);
  parts.use(await lockSocket(socket));
  await mkdir(state, { recursive: true, mode: 0o700 });
  const states = openJobStates(`${state}/jobs.json`);
  const history = parts.use(openHistory(`${state}/history.sqlite`, world.openDatabase));
  for (const { message } of [...states.problems, ...history.problems]) log('warning', message);
  const interrupted = history.closeInterrupted(Date.now());
  if (interrupted > 0) log('warning', `runs that the last daemon left: ${interrupted}`);

  const supervisor = parts.use(
    createSupervisor({
      jobs: jobsOf(config),
      limits: { runs: config.daemon.runs },
      start: world.startRun,
      states,
      history,
      clock: SYSTEM_CLOCK,
    }),
  );
  parts.use(supervisor.subscribe(options.onEvent));
  const sink = parts.use(
    createSinkKeeper({ config: config.sink, start: world.startSink, clock: SYSTEM_CLOCK, log }),
  );
  const settings = createSettings({ file: options.config, first: config, supervisor, sink, log });
  const board = parts.use(createSourceBoard(history, supervisor));
  parts.use(tidyRegularly(history, board, settings));

  const rpo = (name: string, now: number) => {
    const limit = settings.config().jobs.find((job) => job.name === name)?.rpo;
    return limit === undefined ? null : judgeRpo(limit, board.sources(name), now);
  };
  const notifier = parts.use(
    createNotifier({
      supervisor,
      history,
      targets: () => settings.config().notify,
      rpo,
      onProblem: ({ message }) => log('warning', message),
    }),
  );
  parts.use(repeat(() => notifier.checkRpo(Date.now()), RPO_MS));

  const control: Control = createControl({
    ...settings,
    problems: () => [
      ...settings.problems(),
      ...sink.problems(),
      ...(history.problem === null ? [] : [history.problem]),
      ...[...states.problems, ...history.problems].map(reportError),
      ...notifier.problems,
      ...(metricsServer.problem === null ? [] : [reportError(metricsServer.problem)]),
    ],
    supervisor,
    sink,
    history,
    configFile: options.config,
    rpo,
    sources: (job) =>
      supervisor
        .status()
        .jobs.filter(({ name }) => job === undefined || name === job)
        .flatMap(({ name }) => board.sources(name)),
    metrics: () => metrics.page(),
  });
  const view = () => ({
    status: control.status(),
    sources: (job: string) => board.sources(job),
    reload: settings.loaded(),
    historyProblem: history.problem !== null,
  });
  const metrics = parts.use(createMetrics(view, supervisor));
  const listen = config.daemon.metrics?.listen;
  const metricsServer =
    listen === undefined
      ? NOT_SERVED
      : parts.use(
          await keepTrying(
            () => serveMetrics(control, listen),
            (error) => log('warning', reportError(error).message),
          ),
        );
  const events = parts.use(createEventLog(control));
  const access = { path: socket, group: group === undefined ? null : await groupId(group) };
  parts.use(await serveOnSocket(createApp(control, events), access));
  supervisor.start();
  log('info', `started: ${config.jobs.length} jobs, controlled on ${socket}`);

  const running = parts.move();
  return {
    reload: async () => void (await settings.reload()),
    async stop() {
      const { drain } = settings.config().daemon;
      await Promise.all([supervisor.drain(drain), sink.stop(drain)]);
      await running.disposeAsync();
    },
    hurry() {
      void supervisor.drain(0);
      void sink.stop(0);
    },
  };
}

async function lockSocket(socket: string): Promise<AsyncDisposable> {
  const lock = await lockFile(`${socket}.lock`);
  if (lock !== null) return lock;
  throw new DaemonError('daemon-running', `another daemon has the socket ${socket}`);
}

function tidyRegularly(
  history: History,
  board: SourceBoard,
  settings: { config(): Config },
): Disposable {
  const tidy = (): void => {
    history.prune(Date.now() - settings.config().daemon.history);
    board.refresh();
  };
  tidy();
  const regular = repeat(tidy, TIDY_MS);
  const again = repeat(() => {
    if (history.problem !== null) tidy();
  }, HISTORY_AGAIN_MS);
  return {
    [Symbol.dispose]() {
      regular[Symbol.dispose]();
      again[Symbol.dispose]();
    },
  };
}

function repeat(what: () => void, everyMs: number): Disposable {
  const timer = setInterval(what, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
