import type { Extent, Piece } from './extent.ts';
import type { ImageIdentity, Source, SourceSnapshot } from './source.ts';
import type { Checkpoint, Target, TargetSnapshot } from './target.ts';

/**
 * A snapshot of an image, made of it alone or with its group, by anybody. Those of mirroring and of the
 * trash are none.
 */
export interface ImageSnapshot extends SourceSnapshot {
  /** The group that it was made with, `pool[/namespace]/group`; null for one of the image alone. */
  readonly group: string | null;
  /** Size of the image at the snapshot, in bytes. */
  readonly size: number;
  /** A protected snapshot has clones or may get some; it cannot be removed. */
  readonly isProtected: boolean;
}

/** How changed ranges are found: `exact` lists the objects' extents, `fast` trusts the object map. */
export type DiffMode = 'exact' | 'fast';

export interface DiffResult {
  /** Sorted by offset, not overlapping, merged. Ranges that are in no extent are unchanged. */
  readonly extents: readonly Extent[];
  /** The mode that was used: `fast` falls back to `exact` when the object map cannot be believed. */
  readonly mode: DiffMode;
  /** Why it fell back, and the like; each is shown to the operator. */
  readonly warnings: readonly string[];
}

/** An image frozen at a snapshot (or, for estimates only, its live head). */
export interface VolumeSnapshot extends AsyncDisposable {
  /** Size at this snapshot in bytes: any number, not only whole blocks. */
  readonly size: number;
  /**
   * What a restore needs to make the same source again: features, order, striping, data pool,
   * parent, metadata. Opaque to everyone but the source's own kind; JSON-serialisable.
   */
  readonly description: Readonly<Record<string, unknown>>;
  /**
   * The ranges of this snapshot that differ from `base`, always over the full size of this
   * snapshot. With no base: all ranges that were ever written, a clone's parent included.
   */
  diff(base: ImageSnapshot | null, mode: DiffMode, signal: AbortSignal): Promise<DiffResult>;
  /**
   * Reads exactly `length` bytes at `offset` into the start of `into`. Calls may overlap in time; the buffer
   * must not be touched until the promise settles. After an abort the promise still settles only
   * when the buffer is no longer in use.
   */
  read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void>;
}

/** One image that is backed up. */
export interface VolumeSource extends Source<ImageSnapshot> {
  readonly identity: ImageIdentity;
  openSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<VolumeSnapshot>;
  /** The live image, for estimates: what it reads may change under the reader. */
  openHead(signal: AbortSignal): Promise<VolumeSnapshot>;
}

/** What a transfer is about, for the target that receives it. */
export interface VolumeOrder {
  readonly source: string;
  readonly identity: ImageIdentity;
  readonly snapshot: ImageSnapshot;
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

/** A volume that holds an image's backups. */
export interface VolumeTarget extends Target {
  /** Prepares the volume for a transfer, and gives it the image's size. */
  begin(order: VolumeOrder, signal: AbortSignal): Promise<VolumeWriter>;
}
