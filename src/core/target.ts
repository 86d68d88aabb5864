import type { Piece } from './extent.ts';
import type { SourceIdentity, SourceSnapshot } from './source.ts';

/** What a committed snapshot on the target says of itself; stored with it, in one atomic step. */
export interface CommitRecord {
  /** Name of the source, `pool[/namespace]/image`. */
  readonly source: string;
  readonly identity: SourceIdentity;
  readonly snapshot: { readonly name: string; readonly id: string };
  /** Exact size of the image in bytes; the volume may be a part of a block longer. */
  readonly size: number;
  /** Name of the base that this was an increment of; null for a full transfer. */
  readonly base: string | null;
  /** What a restore needs to make the same image again (see `VolumeSnapshot.description`). */
  readonly description: Readonly<Record<string, unknown>>;
}

/** A committed snapshot on the target. */
export interface TargetSnapshot {
  readonly name: string;
  readonly record: CommitRecord;
}

/** A resting point of an unfinished transfer, from which a later run continues. */
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
  /** Snapshots on the target, newer than the last of ours, that others made; oldest first. */
  readonly foreign: readonly string[];
}

/** What a transfer is about, for the target that receives it. */
export interface TransferOrder {
  readonly source: string;
  readonly identity: SourceIdentity;
  readonly snapshot: SourceSnapshot;
  /** The committed snapshot that the target is rolled back to first; null for a full transfer. */
  readonly base: string | null;
  /** Continue from this checkpoint instead. */
  readonly checkpoint: Checkpoint | null;
  readonly description: Readonly<Record<string, unknown>>;
  /** Read blocks that the diff reports, and write only those that differ. */
  readonly compare: boolean;
}

export interface ApplyProgress {
  /** Bytes of data and of zeros that are dealt with so far, in this call. */
  readonly bytesDone: number;
  /** Bytes of data written to the volume so far: less than done when blocks were equal or zero. */
  readonly bytesWritten: number;
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ApplyProgress) => void;
  /** Told after each checkpoint that is safe on disk. */
  readonly onCheckpoint?: (offset: number) => void;
}

/** A volume that is being written: rolled back to where the transfer starts, sized, and open. */
export interface VolumeWriter extends AsyncDisposable {
  /** Bytes: extents are best aligned to this. */
  readonly blockSize: number;
  /**
   * Writes the pieces, which come in ascending order and touch whole blocks (the last one may end
   * at the image's size), and gives their leases back. Takes checkpoints from time to time.
   */
  apply(pieces: AsyncIterable<Piece>, options: ApplyOptions): Promise<ApplyProgress>;
  /** Whether the volume holds exactly these bytes at `offset`; block aligned. */
  holds(offset: number, bytes: Buffer, signal: AbortSignal): Promise<boolean>;
  /**
   * Flushes, closes, protects the volume and makes the snapshot that is the commit. Disposing
   * without a commit leaves the target to be rolled back by the next run.
   */
  commit(signal: AbortSignal): Promise<TargetSnapshot>;
}

/** One dataset that holds a source's backups. Who writes to it holds the source's lock. */
export interface VolumeTarget {
  readonly dataset: string;
  /** Claims the name of a source snapshot that is about to be made, durably. */
  claim(snapshotName: string, signal: AbortSignal): Promise<void>;
  /** Prepares the volume for a transfer. */
  begin(order: TransferOrder, signal: AbortSignal): Promise<VolumeWriter>;
  /** After a commit: drops the claim and the checkpoints. Safe to repeat. */
  settle(signal: AbortSignal): Promise<void>;
}

/** All targets of one job. */
export interface TargetCatalog extends AsyncDisposable {
  /** Whether the place for the datasets is there and usable; throws an error that says what is not. */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Takes the lock of a source's target datasets, to be held while they are planned for and written
   * to. Fails with code `target-busy` when another run has it.
   */
  lock(source: string): Promise<AsyncDisposable>;
  /** The datasets that exist for this source, oldest generation first. */
  generations(source: string, signal: AbortSignal): Promise<readonly TargetState[]>;
  /** One that {@link generations} told of. */
  open(dataset: string): VolumeTarget;
  /** Name of the dataset that {@link create} would make. */
  nextDataset(source: string, signal: AbortSignal): Promise<string>;
  /** Makes the next generation's dataset for a source, empty; a transfer gives it its size. */
  create(source: string, identity: SourceIdentity, signal: AbortSignal): Promise<VolumeTarget>;
}
