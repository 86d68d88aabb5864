import type { ErrorReport } from '../../core/errors.ts';
import type {
  PruneDecided,
  RunEvent,
  SelectionVerdict,
  Task,
  TransferFinished,
  TransferPhase,
  TransferPlanned,
} from '../../core/events.ts';
import { addSample, type Sample } from '../../lib/rate.ts';

/** A transfer that is under way. */
export interface ActiveTransfer {
  readonly source: string;
  readonly phase: TransferPhase;
  readonly mode: 'full' | 'incremental' | null;
  readonly bytesDone: number;
  /** Null until the diff is known, and for trees. */
  readonly bytesTotal: number | null;
  readonly bytesWritten: number;
  /** Entries of a tree that were looked at; null for an image, and before there are any. */
  readonly entries: number | null;
  readonly samples: readonly Sample[];
}

export interface FailedTransfer {
  readonly source: string;
  readonly error: ErrorReport;
}

/** A backup that lacks something, and is there all the same. */
export interface PartialBackup {
  readonly source: string;
  /** Entries that could not be copied. */
  readonly skipped: number;
}

export type RunFinished = Extract<RunEvent, { type: 'run-finished' }>;

/** All that a view of a run needs to know: what the events came to. */
export interface RunState {
  readonly job: string;
  readonly task: Task;
  readonly dryRun: boolean;
  readonly startedAt: number;
  /** How many sources are to be backed up; null until they are listed. */
  readonly selected: number | null;
  readonly active: ReadonlyMap<string, ActiveTransfer>;
  /** With `--dry-run` only: what would be done. */
  readonly plans: readonly TransferPlanned[];
  /** What `test` found. */
  readonly verdicts: readonly SelectionVerdict[];
  /** What `prune` decided. */
  readonly decided: readonly PruneDecided[];
  /** Snapshots that were removed because no rule keeps them. */
  readonly pruned: number;
  readonly succeeded: number;
  readonly failures: readonly FailedTransfer[];
  /** Of those that succeeded. */
  readonly partial: readonly PartialBackup[];
  readonly warnings: number;
  /** Of finished transfers. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly result: RunFinished | null;
}

export const INITIAL_STATE: RunState = {
  job: '',
  task: 'back-up',
  dryRun: false,
  startedAt: 0,
  selected: null,
  active: new Map(),
  plans: [],
  verdicts: [],
  decided: [],
  pruned: 0,
  succeeded: 0,
  failures: [],
  partial: [],
  warnings: 0,
  bytesRead: 0,
  bytesWritten: 0,
  result: null,
};

export function nextState(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run-started':
      return {
        ...state,
        job: event.job,
        task: event.task,
        dryRun: event.dryRun,
        startedAt: event.at,
      };
    case 'sources-selected':
      return { ...state, selected: event.sources.length };
    case 'warning':
      return { ...state, warnings: state.warnings + 1 };
    case 'transfer-planned':
      return state.dryRun
        ? { ...without(state, event.source), plans: [...state.plans, event] }
        : update(state, event.source, () => ({ mode: event.mode }));
    case 'transfer-phase':
      return update(state, event.source, () => ({ phase: event.phase, samples: [] }));
    case 'transfer-progress':
      return update(state, event.source, ({ samples }) => ({
        bytesDone: event.bytesDone,
        bytesTotal: event.bytesTotal,
        bytesWritten: event.bytesWritten,
        entries: event.entries,
        samples: addSample(samples, { at: event.at, bytes: event.bytesDone }),
      }));
    case 'checkpoint':
    case 'hook-started':
    case 'hook-finished':
      return state;
    case 'sources-vanished':
    case 'group-snapshot':
      return state;
    case 'selection-explained':
      return { ...state, verdicts: event.verdicts };
    case 'prune-decided':
      return { ...state, decided: [...state.decided, event] };
    case 'snapshots-pruned':
      return { ...state, pruned: state.pruned + event.snapshots.length };
    case 'source-pruned':
      return { ...without(state, event.source), succeeded: state.succeeded + 1 };
    case 'transfer-finished':
      return {
        ...without(state, event.source),
        succeeded: state.succeeded + 1,
        partial: [...state.partial, ...partialOf(event)],
        bytesRead: state.bytesRead + event.bytesRead,
        bytesWritten: state.bytesWritten + event.bytesWritten,
      };
    case 'transfer-failed': {
      const { source, error } = event;
      return { ...without(state, source), failures: [...state.failures, { source, error }] };
    }
    case 'run-finished':
      return { ...state, job: event.job, active: new Map(), result: event };
  }
}

function update(
  state: RunState,
  source: string,
  change: (transfer: ActiveTransfer) => Partial<ActiveTransfer>,
): RunState {
  const transfer = state.active.get(source) ?? newTransfer(source);
  const active = new Map(state.active).set(source, { ...transfer, ...change(transfer) });
  return { ...state, active };
}

function without(state: RunState, source: string): RunState {
  const active = new Map(state.active);
  active.delete(source);
  return { ...state, active };
}

function partialOf({ source, tree }: TransferFinished): readonly PartialBackup[] {
  return tree === null || tree.skipped === 0 ? [] : [{ source, skipped: tree.skipped }];
}

function newTransfer(source: string): ActiveTransfer {
  return {
    source,
    phase: 'planning',
    mode: null,
    bytesDone: 0,
    bytesTotal: null,
    bytesWritten: 0,
    entries: null,
    samples: [],
  };
}
