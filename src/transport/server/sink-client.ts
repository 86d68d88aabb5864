import type { TargetCatalog } from '../../core/target.ts';
import type { TreeTarget } from '../../core/tree.ts';
import type { VolumeTarget } from '../../core/volume.ts';

/** A client as the sink's configuration has it: what it may see, and what it may do. */
export interface SinkClient {
  /** The dataset that all of its own are beneath. */
  readonly root: string;
  /** Whether it may remove snapshots. */
  readonly canPrune: boolean;
  /** Connections that it may have at once, if not as many as any client. */
  readonly connections?: number;
  volumes(): TargetCatalog<VolumeTarget>;
  /** The directory trees of a filesystem, by its name. */
  trees(filesystem: string): TargetCatalog<TreeTarget>;
}
