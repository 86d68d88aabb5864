import packageJson from '../../package.json' with { type: 'json' };
import type { ErrorReport } from '../core/errors.ts';
import type { Control } from '../http/control.ts';
import type { History } from '../state/history.ts';
import type { Rpo } from './rpo.ts';
import type { SinkKeeper } from './sink-keeper.ts';
import type { Supervisor } from './supervisor.ts';

export interface ControlParts extends Pick<Control, 'metrics' | 'sources'> {
  readonly supervisor: Supervisor;
  readonly sink: Pick<SinkKeeper, 'status'>;
  readonly history: History;
  readonly configFile: string;
  readonly reload: () => Promise<{ readonly jobs: readonly string[] }>;
  /** What is wrong with the daemon itself. */
  readonly problems: () => readonly ErrorReport[];
  /** Null for a job that has none. */
  readonly rpo: (job: string, now: number) => Rpo | null;
}

/** The daemon as its API sees it. */
export function createControl(parts: ControlParts): Control {
  const { supervisor, sink, history, configFile, reload, problems, rpo, sources, metrics } = parts;
  const startedAt = Date.now();
  const { version } = packageJson;
  const { pid } = process;
  return {
    status() {
      const status = supervisor.status();
      const jobs = status.jobs.map((job) => ({ ...job, rpo: rpo(job.name, status.at) }));
      const problem = problems();
      const about = { version, pid, startedAt, config: configFile, problems: problem };
      return { ...about, ...status, jobs, sink: sink.status() };
    },
    trigger: (job, order) => supervisor.trigger(job, order),
    pause: (job) => supervisor.pause(job),
    resume: (job) => supervisor.resume(job),
    cancel: (what) => supervisor.cancel(what),
    reload,
    runs: (query) => history.runs(query),
    run: (id) => history.run(id),
    sources,
    metrics,
    subscribe: (listener) => supervisor.subscribe(listener),
  };
}
