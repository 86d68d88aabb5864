import type { ErrorReport } from './errors.ts';
import type { DiffMode } from './volume.ts';

export type TransferPhase =
  | 'planning'
  | 'snapshot'
  /** An image: asking Ceph for the changed ranges. */
  | 'diff'
  /** A tree: waiting until what was written before the snapshot shows in the directories' rctime. */
  | 'settling'
  /** A tree: looking for what changed; what changed in place is copied meanwhile. */
  | 'scanning'
  | 'copying'
  | 'sampling'
  /** A tree: setting the metadata of directories, once nothing in them changes any more. */
  | 'finishing'
  | 'committing'
  /** Removing snapshots that no rule keeps. */
  | 'cleaning';

/** Why a transfer copies everything. */
export type FullReason =
  /** Nothing is on the target yet. */
  | 'first'
  /** The source was removed and made again under its name. */
  | 'replaced'
  /** Source and target have no snapshot in common any more. */
  | 'no-base'
  /** The operator asked for it. */
  | 'asked';

/** What is about to be done for one source (`run`), or would be done (`run --dry-run`). */
export interface TransferPlanned {
  readonly type: 'transfer-planned';
  readonly source: string;
  /** The target dataset; one that does not exist yet when `createsDataset`. */
  readonly dataset: string;
  readonly createsDataset: boolean;
  readonly mode: 'full' | 'incremental';
  readonly reason: FullReason | null;
  /** For a full resync: the older backup that stays as it is, beside the new one. */
  readonly beside: string | null;
  /** Name of the base; null for a full transfer. */
  readonly base: string | null;
  /** Bytes below this offset are already on the target from a run that was cut off. */
  readonly resumeOffset: number;
  /** Bytes that would be read; only with `--dry-run`. */
  readonly estimatedBytes: number | null;
}

/** What a transfer of a tree found and did. */
export interface TreeCounts {
  /** Entries that were compared with what is on record of them. */
  readonly compared: number;
  /** Directories that were scanned. */
  readonly scanned: number;
  /** Directories that were not scanned, nor anything beneath them, because of their rctime. */
  readonly pruned: number;
  /** Whether nothing was to be left out because of its rctime. */
  readonly full: boolean;
  /** Entries that were made. */
  readonly created: number;
  /** Entries that were changed where they are. */
  readonly changed: number;
  /**
   * Not known to have changed, but compared whole with their copies: what changed last so shortly before the snapshot
   * that they were copied from that a later change might not show.
   */
  readonly rechecked: number;
  /** Entries that got another name, with all that is beneath. */
  readonly renamed: number;
  /** Further names of entries with several hard links that were made. */
  readonly linked: number;
  /** Names that were removed, not counting what was beneath them. */
  readonly removed: number;
  /** Entries that could not be copied, and are told of. */
  readonly skipped: number;
}

/** What a finished transfer did. Sizes in bytes, times in milliseconds. */
export interface TransferFinished {
  readonly type: 'transfer-finished';
  readonly source: string;
  readonly dataset: string;
  readonly snapshot: string;
  readonly mode: 'full' | 'incremental';
  /** Of an image: how its changes were found; else null. */
  readonly diff: DiffMode | null;
  /** Size of the image at the snapshot; of a tree, the sum of its files' sizes. */
  readonly size: number;
  /** Of a tree: what was found and done; else null. */
  readonly tree: TreeCounts | null;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly durationMs: number;
}

/** On which side a snapshot is. */
export type Side = 'source' | 'target';

/** Whether a snapshot stays, as `prune` tells it. */
export interface PruneDecision {
  readonly snapshot: string;
  /** Milliseconds since 1970; null when its name does not tell. */
  readonly takenAt: number | null;
  readonly keep: boolean;
  /** What keeps it, in words; empty when nothing does. */
  readonly reasons: readonly string[];
}

/** Which snapshots of one place stay (`prune`), or would stay (`prune --dry-run`); the newest comes first. */
export interface PruneDecided {
  readonly type: 'prune-decided';
  readonly source: string;
  readonly side: Side;
  /** The target dataset; null on the source. */
  readonly dataset: string | null;
  readonly decisions: readonly PruneDecision[];
}

/** What became of one name in the selection of a job (`test`). */
export interface SelectionVerdict {
  readonly source: string;
  readonly selected: boolean;
  /** The pattern that decided, of sources or of groups; null when none matches it. */
  readonly pattern: string | null;
  /** The group by which it comes; null when it comes by itself, or not at all. */
  readonly group: string | null;
  /** Where its backups are, or would go; null for what is not selected. */
  readonly dataset: string | null;
  /** `vanished`: it has backups, and is there no more. */
  readonly state: 'backed-up' | 'new' | 'vanished';
}

/** When a command of the operator is run. */
export type HookPoint =
  /** Before a run does anything. */
  | 'before'
  /** Just before the snapshot of a source is made. */
  | 'before_snapshot'
  /** Right after that, also when it was not made. */
  | 'after_snapshot'
  /** At the end of a run, whatever became of it. */
  | 'after';

/** How a hook ended; `cancelled`: with the run, before it was done. */
export type HookOutcome = 'ok' | 'failed' | 'timeout' | 'cancelled';

/** Which hook an event is about. */
interface HookTold {
  readonly hook: HookPoint;
  /** Of a snapshot's hook; else null. */
  readonly source: string | null;
  /** Path of its program; its arguments are not told. */
  readonly command: string;
}

/** What a run is to do; `test` only looks what is selected. */
export type Task = 'back-up' | 'prune' | 'test';

/**
 * Everything that a run tells while it goes on. Events are data: they are emitted synchronously,
 * cross process boundaries as they are, and are rendered elsewhere. `at` is milliseconds since 1970.
 */
export type RunEvent = { readonly at: number } & (
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly job: string;
      readonly task: Task;
      readonly dryRun: boolean;
    }
  | { readonly type: 'sources-selected'; readonly sources: readonly string[] }
  /** Sources that the job would select if they were still there; their backups stay. */
  | { readonly type: 'sources-vanished'; readonly sources: readonly string[] }
  | { readonly type: 'selection-explained'; readonly verdicts: readonly SelectionVerdict[] }
  | {
      readonly type: 'warning';
      readonly source: string | null;
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
    }
  | TransferPlanned
  | {
      /** A snapshot was made of several sources in one step. */
      readonly type: 'group-snapshot';
      readonly group: string;
      readonly snapshot: string;
      /** Those of which it is going to be transferred. */
      readonly sources: readonly string[];
    }
  | { readonly type: 'transfer-phase'; readonly source: string; readonly phase: TransferPhase }
  | {
      readonly type: 'transfer-progress';
      readonly source: string;
      /** Bytes of the changed ranges or files that are dealt with, of `bytesTotal`. */
      readonly bytesDone: number;
      /** Null as long as it is not known how much there is, as in a tree. */
      readonly bytesTotal: number | null;
      readonly bytesWritten: number;
      /** Of a tree: entries that were looked at so far; else null. */
      readonly entries: number | null;
    }
  | PruneDecided
  | {
      /** Snapshots were removed, because no rule keeps them any more. */
      readonly type: 'snapshots-pruned';
      readonly source: string;
      readonly side: Side;
      readonly dataset: string | null;
      readonly snapshots: readonly string[];
    }
  | { readonly type: 'source-pruned'; readonly source: string }
  | { readonly type: 'checkpoint'; readonly source: string; readonly offset: number }
  | TransferFinished
  | { readonly type: 'transfer-failed'; readonly source: string; readonly error: ErrorReport }
  | ({ readonly type: 'hook-started' } & HookTold)
  | ({
      readonly type: 'hook-finished';
      readonly durationMs: number;
      readonly outcome: HookOutcome;
    } & HookTold)
  | {
      readonly type: 'run-finished';
      readonly run: string;
      readonly job: string;
      readonly outcome: 'ok' | 'failed' | 'cancelled';
      readonly succeeded: number;
      readonly failed: number;
      readonly warnings: number;
      readonly durationMs: number;
      /** Most memory that the process of the run held at a time, in bytes. */
      readonly peakRssBytes: number;
      /** Set when the run as a whole failed, apart from single transfers. */
      readonly error: ErrorReport | null;
    }
);

/** An event before it is stamped with the time. */
export type RunEventBody = RunEvent extends infer E
  ? E extends { at: number }
    ? Omit<E, 'at'>
    : never
  : never;

export type Emit = (event: RunEventBody) => void;
