import type { ErrorReport } from '../core/errors.ts';
import type { RunEvent, TransferPhase } from '../core/events.ts';
import { addSample, type Sample } from '../lib/rate.ts';

/** More failed sources of one run are counted, and not told one by one. */
export const MOST_FAILURES = 100;

/** Rates are over a minute, so that the time left does not jump about while a transfer goes on for hours. */
const RATE_WINDOW_MS = 60_000;

/** A source that is being backed up. */
export interface SourceProgress {
  readonly source: string;
  readonly phase: TransferPhase;
  /** When the phase began, in milliseconds since 1970. */
  readonly since: number;
  readonly bytesDone: number;
  /** Null as long as it is not known how much there is. */
  readonly bytesTotal: number | null;
  /** Entries of a tree that were looked at; null for an image, and before there are any. */
  readonly entries: number | null;
  /** How far the phase was by when. */
  readonly samples: readonly Sample[];
}

export interface FailedSource {
  readonly source: string;
  readonly error: ErrorReport;
}

/** What the events of a run came to. It does not grow with the number of sources that are done. */
export interface RunProgress {
  /** How many sources are to be backed up; null until they are listed. */
  readonly selected: number | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly warnings: number;
  /** Those under way. */
  readonly sources: readonly SourceProgress[];
  /** The first of those that failed, {@link MOST_FAILURES} at most. */
  readonly failures: readonly FailedSource[];
  /** Whether one of all that failed may work when it is tried again. */
  readonly mayWorkAgain: boolean;
}

export const NO_PROGRESS: RunProgress = {
  selected: null,
  succeeded: 0,
  failed: 0,
  warnings: 0,
  sources: [],
  failures: [],
  mayWorkAgain: false,
};

/** `dryRun`: a source is done as soon as it is planned. */
export function nextProgress(state: RunProgress, event: RunEvent, dryRun: boolean): RunProgress {
  switch (event.type) {
    case 'run-started':
    case 'checkpoint':
    case 'sources-vanished':
    case 'group-snapshot':
    case 'selection-explained':
    case 'hook-started':
    case 'hook-finished':
    case 'prune-decided':
    case 'snapshots-pruned':
      return state;
    case 'sources-selected':
      return { ...state, selected: event.sources.length };
    case 'warning':
      return { ...state, warnings: state.warnings + 1 };
    case 'transfer-planned':
      return dryRun ? succeeded(state, event.source) : state;
    case 'transfer-phase':
      return update(state, event, () => ({ phase: event.phase, since: event.at, samples: [] }));
    case 'transfer-progress': {
      const { at, bytesDone, bytesTotal, entries } = event;
      const sample = { at, bytes: bytesDone };
      return update(state, event, ({ samples }) => ({
        bytesDone,
        bytesTotal,
        entries,
        samples: addSample(samples, sample, RATE_WINDOW_MS),
      }));
    }
    case 'transfer-finished':
    case 'source-pruned':
      return succeeded(state, event.source);
    case 'transfer-failed':
      return failed(state, event);
    case 'run-finished':
      return { ...state, sources: [] };
  }
}

/** Whether an operation that failed with this may work without anybody changing anything. */
export function isPassing({ retry }: ErrorReport): boolean {
  return retry !== 'never';
}

function update(
  state: RunProgress,
  { at, source }: { readonly at: number; readonly source: string },
  change: (known: SourceProgress) => Partial<SourceProgress>,
): RunProgress {
  const known = state.sources.find((one) => one.source === source);
  const before = known ?? newSource(source, at);
  const next = { ...before, ...change(before) };
  const sources =
    known === undefined
      ? [...state.sources, next]
      : state.sources.map((one) => (one === known ? next : one));
  return { ...state, sources };
}

function succeeded(state: RunProgress, source: string): RunProgress {
  return { ...without(state, source), succeeded: state.succeeded + 1 };
}

function failed(state: RunProgress, { source, error }: FailedSource): RunProgress {
  return {
    ...without(state, source),
    failed: state.failed + 1,
    failures: [...state.failures, { source, error }].slice(0, MOST_FAILURES),
    mayWorkAgain: state.mayWorkAgain || isPassing(error),
  };
}

function without(state: RunProgress, source: string): RunProgress {
  return { ...state, sources: state.sources.filter((one) => one.source !== source) };
}

function newSource(source: string, at: number): SourceProgress {
  return {
    source,
    phase: 'planning',
    since: at,
    bytesDone: 0,
    bytesTotal: null,
    entries: null,
    samples: [],
  };
}
