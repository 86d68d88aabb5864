import type { Ceph2zfsError } from './errors.ts';

/**
 * What an RBD image *is*, apart from its name: one that was removed and made again under its old
 * name differs in `image`.
 */
export interface ImageIdentity {
  readonly kind: 'rbd';
  /** The cluster's fsid. */
  readonly cluster: string;
  /** Id of the pool, decimal. */
  readonly pool: string;
  /** The image's internal id. */
  readonly image: string;
}

/** What a directory of a CephFS *is*: one that was made again under its old path differs in `inode`. */
export interface DirectoryIdentity {
  readonly kind: 'cephfs';
  /** The cluster's fsid. */
  readonly cluster: string;
  /** Id of the filesystem (fscid), decimal. */
  readonly filesystem: string;
  /** The directory's inode number, decimal. */
  readonly inode: string;
}

/** All parts are compared as strings. */
export type SourceIdentity = ImageIdentity | DirectoryIdentity;

/** A snapshot of a source, made by a person or by us. */
export interface SourceSnapshot {
  readonly name: string;
  /** The snapshot's id, decimal: unlike the name it is never used again. */
  readonly id: string;
}

/** What every kind of source can do; {@link VolumeSource} and {@link TreeSource} say what more. */
export interface Source<Snapshot extends SourceSnapshot = SourceSnapshot> extends AsyncDisposable {
  /** As selected: `pool[/namespace]/image`, or the path of a directory. */
  readonly name: string;
  readonly identity: SourceIdentity;
  /** Snapshots of the source itself, oldest first; not those that something above it or beside it has. */
  snapshots(signal: AbortSignal): Promise<readonly Snapshot[]>;
  /** Makes a snapshot. Fails with code `snapshot-exists` when the name is taken. */
  createSnapshot(name: string, signal: AbortSignal): Promise<Snapshot>;
  /**
   * Removes the snapshot with this name *and* id; one that is already gone is no error. Another
   * snapshot under the same name is left alone. Resolves to whether it is gone: one that was made
   * with a group stays, and no longer counts for this source, as long as another one of it needs it.
   */
  removeSnapshot(snapshot: Snapshot, signal: AbortSignal): Promise<boolean>;
  /**
   * Removes what is left of a snapshot that was begun under this name and never came about. A
   * snapshot that did is left alone.
   */
  removeUnfinished(name: string, signal: AbortSignal): Promise<void>;
}

/** Sources of which snapshots are made in one step, so that what they hold fits together. */
export interface SourceGroup<Kind extends Source<Snapshot>, Snapshot extends SourceSnapshot> {
  /** As selected: `pool[/namespace]/group`. */
  readonly name: string;
  /** Names of the sources that are in it now; sorted. */
  members(signal: AbortSignal): Promise<readonly string[]>;
  /** Why what is in its snapshots may not fit together after all; each is shown to the operator. */
  doubts(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Makes a snapshot of all that is in it, for the sake of these sources, and tells which it is to each of
   * them, by the source's name; a source that has left the group meanwhile has none. Fails with
   * code `snapshot-exists` when the name is taken.
   */
  createSnapshot(
    name: string,
    sources: readonly Kind[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Snapshot>>;
}

/** All sources that one job can see. */
export interface SourceCatalog<Kind extends Source<Snapshot>, Snapshot extends SourceSnapshot>
  extends AsyncDisposable {
  /** Names of all sources that could be selected; sorted. */
  list(signal: AbortSignal): Promise<readonly string[]>;
  /** What the last {@link list} and {@link groups} could not look into, such as a pool that the user may not read. */
  readonly problems: readonly Ceph2zfsError[];
  open(name: string, signal: AbortSignal): Promise<Kind>;
  /** All groups that could be selected, sorted by name; none where sources have no groups. */
  groups(signal: AbortSignal): Promise<readonly SourceGroup<Kind, Snapshot>[]>;
}
