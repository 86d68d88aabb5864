import type { SourceIdentity } from './source.ts';

/** A committed snapshot as it is shown to people. Sizes in bytes. */
export interface ListedSnapshot {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Size of the image, or of all files of the tree, at the snapshot. */
  readonly sourceSize: number;
  /** ZFS's `written`: space that came with this snapshot. */
  readonly written: number;
  /** ZFS's `referenced`: space that this snapshot reaches, shared or not. */
  readonly referenced: number;
  /** Name of the base; null for a full transfer. */
  readonly base: string | null;
  /** Entries of a tree that could not be copied: the backup is partial unless this is 0. */
  readonly skipped: number;
  /** Whether something holds it (`zfs hold`), a pin for one: then no rule removes it. */
  readonly held: boolean;
}

/** A dataset with backups as it is shown to people. */
export interface ListedDataset {
  readonly kind: SourceIdentity['kind'];
  /** Name of the CephFS that a directory is in; null for an image. */
  readonly filesystem: string | null;
  readonly source: string;
  /** The RBD group that the image's newest snapshot was made with; null for any other. */
  readonly group: string | null;
  readonly dataset: string;
  readonly used: number;
  /** Set while a transfer is cut off: where the next run continues. */
  readonly unfinished: { readonly offset: number } | null;
  /** Oldest first. */
  readonly snapshots: readonly ListedSnapshot[];
}
