import type { SourceIdentity } from './source.ts';

/** What a committed snapshot on the target says of itself; stored with it, in one atomic step. */
export interface CommitRecord {
  /** Name of the source. */
  readonly source: string;
  readonly identity: SourceIdentity;
  readonly snapshot: { readonly name: string; readonly id: string };
  /**
   * Exact size in bytes of an image (the volume may be a part of a block longer); of a tree, the sum
   * of its files' sizes as Ceph tells it.
   */
  readonly size: number;
  /** Name of the base that this was an increment of; null for a full transfer. */
  readonly base: string | null;
  /** What a restore needs to make the same source again. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Of a tree: what the next scan has to know. Null for an image. */
  readonly scan: ScanRecord | null;
}

/** How a committed snapshot of a tree came about. Times are milliseconds since 1970. */
export interface ScanRecord {
  /** When the source's snapshot was made. See `DirectorySnapshot.takenAt` for whose clock it is. */
  readonly takenAt: number;
  /** {@link takenAt} of the last snapshot for which nothing was left out because of its rctime. */
  readonly fullAt: number;
  /** Entries that could not be copied: the snapshot is partial unless this is 0. */
  readonly skipped: number;
}

/** A committed snapshot on the target. */
export interface TargetSnapshot {
  readonly name: string;
  readonly record: CommitRecord;
}

/** A resting point of an unfinished transfer of a volume, from which a later run continues. */
export interface Checkpoint {
  /** Name of the snapshot on the target that holds it. */
  readonly name: string;
  /** Id of the source snapshot that was being transferred. */
  readonly snapshotId: string;
  /** Name of the base of the transfer; null for a full one. */
  readonly base: string | null;
  /** All changes below this offset (bytes) are in the checkpoint. */
  readonly offset: number;
}

/** One target dataset of a source, as it is now. */
export interface TargetState {
  readonly dataset: string;
  /** The source that the dataset was made for; null if it is not one of ours. */
  readonly identity: SourceIdentity | null;
  /** Committed snapshots, oldest first. */
  readonly snapshots: readonly TargetSnapshot[];
  /** The newest checkpoint, if a transfer was cut off. */
  readonly checkpoint: Checkpoint | null;
  /**
   * Name that was claimed for a source snapshot before it was made. A source snapshot of this name
   * is ours even when no snapshot on the target proves it.
   */
  readonly claim: string | null;
}

/**
 * What keeps a snapshot from being removed, whatever the rules say:
 * - `pinned`: the operator wants it kept;
 * - `held`: something else holds it (`zfs hold`);
 * - `cloned`: it has clones.
 */
export type SnapshotGuard = 'pinned' | 'held' | 'cloned';

/** A snapshot that could not be removed, and why. */
export interface KeptSnapshot {
  readonly name: string;
  readonly error: unknown;
}

/** One dataset that holds a source's backups. Who writes to it holds the source's lock. */
export interface Target {
  readonly dataset: string;
  /** Claims the name of a source snapshot that is about to be made, durably. */
  claim(snapshotName: string, signal: AbortSignal): Promise<void>;
  /** After a commit: drops the claim and the checkpoints. Safe to repeat. */
  settle(signal: AbortSignal): Promise<void>;
  /** By name, the snapshots that something guards; the others may be removed. */
  guards(signal: AbortSignal): Promise<ReadonlyMap<string, readonly SnapshotGuard[]>>;
  /**
   * Removes snapshots, as many of them as can be; one that is gone already counts as removed. Tells
   * which had to stay. Nothing else is removed with them: no clone, and no snapshot that is held.
   */
  removeSnapshots(names: readonly string[], signal: AbortSignal): Promise<readonly KeptSnapshot[]>;
}

/** All targets of one job. */
export interface TargetCatalog<Kind extends Target = Target> extends AsyncDisposable {
  /** Whether the place for the datasets is there and usable; throws an error that says what is not. */
  check(signal: AbortSignal): Promise<void>;
  /** Whether snapshots may be removed here; where not, {@link Target.removeSnapshots} fails with code `not-allowed`. */
  canPrune(signal: AbortSignal): Promise<boolean>;
  /**
   * Takes the lock of a source's target datasets, to be held while they are planned for and written
   * to. Fails with code `target-busy` when another run has it.
   */
  lock(source: string): Promise<AsyncDisposable>;
  /** Names of all sources that have datasets here, with those datasets' names, oldest generation first. */
  sources(signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The datasets that exist for this source, oldest generation first. */
  generations(source: string, signal: AbortSignal): Promise<readonly TargetState[]>;
  /** One that {@link generations} told of. */
  open(dataset: string): Kind;
  /** Name of the dataset that {@link create} would make. */
  nextDataset(source: string, signal: AbortSignal): Promise<string>;
  /** Makes the next generation's dataset for a source, empty. */
  create(source: string, identity: SourceIdentity, signal: AbortSignal): Promise<Kind>;
}
