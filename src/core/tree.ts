import type { Entry, EntryBatch, EntryDetails, EntryType, TreePath } from './entry.ts';
import type { Piece } from './extent.ts';
import type { DirectoryIdentity, Source, SourceSnapshot } from './source.ts';
import type { ScanRecord, Target, TargetSnapshot } from './target.ts';

/** A file of a tree's snapshot that is open for reading. */
export interface TreeFile extends AsyncDisposable {
  /**
   * Reads exactly `length` bytes at `offset` into the start of `into`. Calls may overlap in time; the buffer
   * must not be touched until the promise settles, which after an abort is when it is no longer in use.
   */
  read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void>;
}

/** A directory tree frozen at a snapshot. Nothing leads out of it: no symlink is followed. */
export interface TreeSnapshot extends AsyncDisposable {
  /** Of all its files together, in bytes: as the source tells it, for people. */
  readonly size: number;
  /** What a restore needs apart from the entries; JSON-serialisable. */
  readonly description: Readonly<Record<string, unknown>>;
  /** The top of the tree itself; its name is empty. */
  top(signal: AbortSignal): Promise<Entry>;
  /** All entries of a directory in batches, in any order, without `.` and `..`. */
  list(directory: TreePath, signal: AbortSignal): AsyncIterable<EntryBatch>;
  /**
   * When anything in a directory or beneath it changed last, as far as the source knows by now (its
   * rctime): nanoseconds since 1970. It may arrive late, and never says less than it did.
   */
  changedAt(directory: TreePath, signal: AbortSignal): Promise<bigint>;
  /** Attributes, link target, settings, and the bytes of a file of at most `dataUpTo` bytes. */
  details(
    path: TreePath,
    entry: Entry,
    dataUpTo: number,
    signal: AbortSignal,
  ): Promise<EntryDetails>;
  openFile(path: TreePath, signal: AbortSignal): Promise<TreeFile>;
}

/** A snapshot of a directory and all beneath it. */
export interface DirectorySnapshot extends SourceSnapshot {
  /**
   * When it was made: milliseconds since 1970. By the clock of the host that asked for it, which is where this
   * runs: Ceph takes over the time in the request.
   */
  readonly takenAt: number;
}

/** One directory tree that is backed up. */
export interface TreeSource extends Source<DirectorySnapshot> {
  readonly identity: DirectoryIdentity;
  openSnapshot(snapshot: DirectorySnapshot, signal: AbortSignal): Promise<TreeSnapshot>;
  /** Sum of the sizes of its files right now, in bytes, as the source tells it: for estimates. */
  size(signal: AbortSignal): Promise<number>;
}

/** What a transfer is about, for the target that receives it. */
export interface TreeOrder {
  readonly source: string;
  readonly identity: DirectoryIdentity;
  readonly snapshot: DirectorySnapshot;
  /** The committed snapshot that it is an increment of; null for a full transfer. */
  readonly base: string | null;
  /** Continue what a run that was cut off has left: it is not rolled back. */
  readonly resume: boolean;
  /**
   * Entries that changed at this time or later (ctime: nanoseconds since 1970) are *young*: so shortly before the snapshot,
   * or by a clock so wrong, that a change after it might not show. Of their copies it is remembered of which
   * snapshot they are.
   */
  readonly youngSince: bigint;
  readonly description: Readonly<Record<string, unknown>>;
  /** Bytes; see `TreeSnapshot.size`. */
  readonly size: number;
}

/** What the target says of an entry of the source. */
export const VERDICT = {
  /** On record as copied, and the same in all that is compared. */
  same: 0,
  /** The same inode and type under the same name, but changed since, or not copied whole. */
  changed: 1,
  /** No such name. */
  absent: 2,
  /** Another inode's copy, another type, or something that nothing is on record of. */
  other: 3,
  /** As {@link same}, but copied from another snapshot when it was young: it may have changed since all the same. */
  young: 4,
} as const;

/** Arrays with an element for each entry of a batch, in its order. */
export interface Comparison {
  /** One of {@link VERDICT}. */
  readonly verdicts: Uint8Array;
  /**
   * For `other`: the source's inode number that is on record there; 0 when there is none.
   * For `same`, `young` and `changed` entries with several hard links: the target's own number of the inode, by which
   * names of one inode know each other. Else 0.
   */
  readonly inodes: BigUint64Array;
  /**
   * 1 for a directory (`same`, `young`, `changed`) on whose record it stands that entries with several hard links are beneath,
   * and for another entry (`changed`) of which it stands there that it had several.
   */
  readonly links: Uint8Array;
}

/** A name on the target. */
export interface TargetName {
  readonly name: Buffer;
  readonly type: EntryType;
  /** The source's inode number on record; 0 when there is no record. */
  readonly ino: bigint;
}

/** A file of the target that is brought to what an entry says. */
export interface FileWriter extends AsyncDisposable {
  /** Bytes below this offset are there already, from a run that was cut off. */
  readonly from: number;
  /**
   * Writes a piece where it differs from what is there, and gives its lease back. Calls may overlap in time.
   * Tells how many bytes were written.
   */
  write(piece: Piece, signal: AbortSignal): Promise<number>;
  /** Remembers that all below `offset` is written, for a run that continues. */
  checkpoint(offset: number, signal: AbortSignal): Promise<void>;
  /** Sets size, metadata and attributes, and puts it on record as copied. */
  finish(details: EntryDetails, signal: AbortSignal): Promise<void>;
}

/**
 * A filesystem that is being written. Paths are resolved beneath its top, and no symlink is
 * followed on the way. A path that is written has its record withdrawn before and set after, so that
 * what is on record was really copied. Calls for different paths may overlap in time.
 */
export interface TreeWriter extends AsyncDisposable {
  /**
   * Whether it is the base and nothing else. Then what the base's record says of a directory is true of
   * all beneath it; else a run was cut off here, and everything must be looked at.
   */
  readonly isUntouched: boolean;
  /** A directory of the top, for what lost its name and may get another; made at the first {@link move} into it. */
  readonly limbo: TreePath;
  /** Names in the top that the target needs for itself, {@link limbo} among them. */
  readonly reserved: readonly Buffer[];
  /**
   * Compares entries of a directory of the source with what is on record of that directory. The top
   * itself is the entry with the empty name in the directory with the empty path.
   */
  compare(directory: TreePath, batch: EntryBatch, signal: AbortSignal): Promise<Comparison>;
  /** All names in a directory in batches; in the top, without {@link reserved} ones. Nothing when there is no such directory. */
  list(directory: TreePath, signal: AbortSignal): AsyncIterable<readonly TargetName[]>;
  /** How many names {@link list} would give. */
  count(directory: TreePath, signal: AbortSignal): Promise<number>;
  /** Makes a directory, not on record as copied yet; one that is there already is no error. */
  makeDirectory(path: TreePath, entry: Entry, signal: AbortSignal): Promise<void>;
  /** Makes or overwrites a file whole; `details.data` has its bytes. Tells how many bytes were written. */
  putFile(
    path: TreePath,
    entry: Entry,
    details: EntryDetails,
    signal: AbortSignal,
  ): Promise<number>;
  /** Opens a file to bring it to what `entry` says, piece by piece; makes it if need be. */
  openFile(path: TreePath, entry: Entry, signal: AbortSignal): Promise<FileWriter>;
  /** Makes a symlink, FIFO, socket or device, or brings the metadata of one that is there to what the entry says. */
  putSpecial(
    path: TreePath,
    entry: Entry,
    details: EntryDetails,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Sets the metadata and attributes of what is there already, and puts it on record as copied. For a
   * directory this comes last, since each change in it moves its times; `links` is kept on its record.
   */
  setMetadata(
    path: TreePath,
    entry: Entry,
    details: EntryDetails,
    links: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  /** Gives the inode at `existing` a further name. False when `existing` is no copy of the entry's inode. */
  link(existing: TreePath, path: TreePath, entry: Entry, signal: AbortSignal): Promise<boolean>;
  /** Renames within the filesystem; fails when `to` exists. */
  move(from: TreePath, to: TreePath, signal: AbortSignal): Promise<void>;
  /**
   * Removes a name, and all beneath it; one that is not there is no error. `onPart` is called from time to time
   * when there is much.
   */
  remove(path: TreePath, signal: AbortSignal, onPart?: () => void): Promise<void>;
  /**
   * Flushes, unmounts, protects the filesystem, and makes the snapshot that is the commit. Disposing without
   * a commit leaves what was copied for the next run.
   */
  commit(scan: ScanRecord, signal: AbortSignal): Promise<TargetSnapshot>;
}

/** A filesystem that holds a tree's backups. */
export interface TreeTarget extends Target {
  begin(order: TreeOrder, signal: AbortSignal): Promise<TreeWriter>;
}
