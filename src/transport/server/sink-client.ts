import type { ListedDataset } from '../../core/backup-list.ts';
import type { TargetCatalog } from '../../core/target.ts';
import type { TreeTarget } from '../../core/tree.ts';
import type { VolumeTarget } from '../../core/volume.ts';
import type { Pace } from '../../lib/pace.ts';

/** A client as the sink's configuration has it: what it may see, and what it may do. */
export interface SinkClient {
  /** The dataset that all of its own are beneath. */
  readonly root: string;
  /** Whether it may remove snapshots. */
  readonly canPrune: boolean;
  /** How fast its data is read, of all its transfers together; as fast as it comes without one. */
  readonly pace?: Pace;
  /** Connections that it may have at once, if not as many as others. */
  readonly connections?: number;
  /** All of its backups, for people. */
  list(signal: AbortSignal): Promise<readonly ListedDataset[]>;
  volumes(): TargetCatalog<VolumeTarget>;
  /** The directory trees of a filesystem, by its name. */
  trees(filesystem: string): TargetCatalog<TreeTarget>;
}
