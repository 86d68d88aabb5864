import type { History } from '../state/history.ts';
import type { SourceHistory } from '../state/history-records.ts';
import type { DaemonEvent } from './feed.ts';
import { isBlind, lastSelection } from './last-selection.ts';
import { nextSource } from './source-change.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * The last backup and the last failure of each source, in memory: as the history had them, and what was told since. It is
 * asked at each status and each scrape, and goes on when the history cannot be written.
 */
export interface SourceBoard extends Disposable {
  /**
   * The sources of a job, without those that its last whole run did not select any more. They stay when something could
   * not be looked into: then nobody knows.
   */
  sources(job: string): readonly SourceHistory[];
  /** Reads the history again, so that what was removed from it leaves here. Does nothing when it cannot be read. */
  refresh(): void;
}

type Sources = ReadonlyMap<string, SourceHistory>;

/** A run that goes on. */
interface KnownRun {
  readonly isWhole: boolean;
  readonly dryRun: boolean;
  /** Whether something could not be looked into. */
  isBlind: boolean;
}

export function createSourceBoard(
  history: Pick<History, 'sources' | 'runs' | 'run' | 'problem'>,
  supervisor: Pick<Supervisor, 'subscribe'>,
): SourceBoard {
  let jobs = new Map<string, Map<string, SourceHistory>>();
  const selected = new Map<string, ReadonlySet<string> | null>();
  const runs = new Map<string, KnownRun>();

  function refresh(): void {
    // What waits to be written is not in there yet.
    if (history.problem !== null) return;
    try {
      jobs = bySource(history.sources());
      for (const job of jobs.keys()) {
        if (!selected.has(job)) selected.set(job, lastSelection(history, job));
      }
    } catch {
      // Whoever asks the history itself is told; here what was known goes on to be.
    }
  }

  function onEvent(event: DaemonEvent): void {
    if (event.type === 'run-begun') {
      const { id, only, dryRun } = event.run;
      runs.set(id, { isWhole: only === null, dryRun, isBlind: false });
    } else if (event.type === 'run-ended') runs.delete(event.run);
    else if (event.type === 'run-event') onRunEvent(event);
  }

  function onRunEvent({ job, run, event }: Extract<DaemonEvent, { type: 'run-event' }>): void {
    const known = runs.get(run);
    if (known === undefined) return;
    switch (event.type) {
      case 'warning':
        if (isBlind(event)) known.isBlind = true;
        break;
      case 'sources-selected':
        if (known.isWhole && !known.isBlind) selected.set(job, new Set(event.sources));
        break;
      case 'transfer-finished':
      case 'transfer-failed': {
        if (known.dryRun) break;
        const sources = jobs.get(job) ?? new Map<string, SourceHistory>();
        jobs.set(job, sources);
        sources.set(event.source, nextSource(sources.get(event.source), { job, run }, event));
      }
    }
  }

  refresh();
  const subscription = supervisor.subscribe(onEvent);
  return {
    sources(job) {
      const known: Sources = jobs.get(job) ?? new Map();
      const names = selected.get(job) ?? null;
      return [...known.values()].filter(({ source }) => names?.has(source) ?? true);
    },
    refresh,
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

function bySource(sources: readonly SourceHistory[]): Map<string, Map<string, SourceHistory>> {
  const groups = Map.groupBy(sources, ({ job }) => job);
  return new Map(
    [...groups].map(([job, own]) => [job, new Map(own.map((one) => [one.source, one]))]),
  );
}
