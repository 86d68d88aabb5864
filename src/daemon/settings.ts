import { isDeepStrictEqual } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { ConfigError, formatProblem } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { type ErrorReport, reportError } from '../core/errors.ts';
import { DaemonError } from './errors.ts';
import type { DaemonJob } from './ports.ts';
import type { SinkKeeper } from './sink-keeper.ts';
import type { Supervisor } from './supervisor.ts';

/** The configuration that the daemon goes by, and what became of the attempts to load it again. */
export interface Settings {
  config(): Config;
  /** Reads the file again. What it refuses changes nothing; it throws, and stays among the problems until it is mended. */
  readonly reload: () => Promise<{ readonly jobs: readonly string[] }>;
  /** Whether the last attempt succeeded, and when one did last, in milliseconds since 1970. */
  loaded(): { readonly successful: boolean; readonly loadedAt: number };
  problems(): readonly ErrorReport[];
}

export interface SettingsOptions {
  readonly file: string;
  /** What the daemon was started with. */
  readonly first: Config;
  readonly supervisor: Supervisor;
  readonly sink: Pick<SinkKeeper, 'reload'>;
  readonly log: (level: 'info' | 'warning', text: string) => void;
}

export function createSettings({ file, first, supervisor, sink, log }: SettingsOptions): Settings {
  let config = first;
  let refused: Error | null = null;
  let restart: DaemonError | null = null;
  let loadedAt = Date.now();

  async function reload(): Promise<{ readonly jobs: readonly string[] }> {
    try {
      const next = await loadConfig(file);
      supervisor.reload(jobsOf(next), { runs: next.daemon.runs });
      sink.reload(next.sink);
      restart = needsRestart(first, next);
      config = next;
      refused = null;
      loadedAt = Date.now();
    } catch (error) {
      refused = refusalOf(error);
      log('warning', refused.message);
      throw refused;
    }
    const names = config.jobs.map(({ name }) => name);
    if (restart !== null) log('warning', restart.message);
    log('info', `loaded the configuration again: ${names.length} jobs`);
    return { jobs: names };
  }

  return {
    config: () => config,
    reload,
    loaded: () => ({ successful: refused === null, loadedAt }),
    problems: () => [refused, restart].filter((problem) => problem !== null).map(reportError),
  };
}

/** As the supervisor wants the jobs of a configuration. */
export function jobsOf({ jobs }: Config): readonly DaemonJob[] {
  return jobs.map((job) => ({ job, schedule: job.schedule }));
}

/** All that is wrong with a configuration, in one message: it is told far from the file. */
function refusalOf(error: unknown): Error {
  if (!(error instanceof ConfigError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const lines = [error.message, ...error.problems.map(formatProblem)];
  return new DaemonError('config-refused', lines.join('\n'));
}

/** What only a new start of the daemon can change. */
function needsRestart(first: Config, next: Config): DaemonError | null {
  const keys = (['socket', 'group', 'state', 'metrics'] as const).filter(
    (key) => !isDeepStrictEqual(first.daemon[key], next.daemon[key]),
  );
  if (keys.length === 0) return null;
  const names = keys.map((key) => `daemon.${key}`).join(', ');
  return new DaemonError('needs-restart', `a change of ${names} has no effect yet`);
}
