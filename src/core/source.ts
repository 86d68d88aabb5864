import type { Ceph2zfsError } from './errors.ts';
import type { Extent } from './extent.ts';

/**
 * What a source *is*, apart from its name: an image that was removed and made again under its old
 * name differs in `image`. All parts are compared as strings.
 */
export interface SourceIdentity {
  readonly kind: 'rbd';
  /** The cluster's fsid. */
  readonly cluster: string;
  /** Id of the pool, decimal. */
  readonly pool: string;
  /** The image's internal id. */
  readonly image: string;
}

/** A user snapshot of a source. */
export interface SourceSnapshot {
  readonly name: string;
  /** The snapshot's id, decimal: unlike the name it is never used again. */
  readonly id: string;
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
  diff(base: SourceSnapshot | null, mode: DiffMode, signal: AbortSignal): Promise<DiffResult>;
  /**
   * Reads exactly `length` bytes at `offset` into the start of `into`. Calls may overlap in time; the buffer
   * must not be touched until the promise settles. After an abort the promise still settles only
   * when the buffer is no longer in use.
   */
  read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void>;
}

/** One image that is backed up. */
export interface VolumeSource extends AsyncDisposable {
  /** `pool[/namespace]/image`, as selected. */
  readonly name: string;
  readonly identity: SourceIdentity;
  /** User snapshots, oldest first; group, mirror and trash snapshots are not among them. */
  snapshots(signal: AbortSignal): Promise<readonly SourceSnapshot[]>;
  /** Makes a snapshot. Fails with code `snapshot-exists` when the name is taken. */
  createSnapshot(name: string, signal: AbortSignal): Promise<SourceSnapshot>;
  /**
   * Removes the snapshot with this name *and* id; one that is already gone is no error. Another
   * snapshot under the same name is left alone.
   */
  removeSnapshot(snapshot: SourceSnapshot, signal: AbortSignal): Promise<void>;
  openSnapshot(snapshot: SourceSnapshot, signal: AbortSignal): Promise<VolumeSnapshot>;
  /** The live image, for estimates: what it reads may change under the reader. */
  openHead(signal: AbortSignal): Promise<VolumeSnapshot>;
}

/** All sources that one job can see. */
export interface SourceCatalog extends AsyncDisposable {
  /** Names `pool[/namespace]/image` of all images, unfiltered; sorted. */
  list(signal: AbortSignal): Promise<readonly string[]>;
  /** What the last {@link list} could not look into, such as a pool that the user may not read. */
  readonly problems: readonly Ceph2zfsError[];
  open(name: string, signal: AbortSignal): Promise<VolumeSource>;
}
