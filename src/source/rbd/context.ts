import type { ImageIdentity } from '../../core/source.ts';
import type { ImageSnapshot } from '../../core/volume.ts';
import type { Slots } from '../../lib/slots.ts';
import type { Cluster } from '../../native/rados.ts';
import type { ImageReader } from '../../native/rbd-reader.ts';
import type { Operations } from '../ceph/operations.ts';
import type { DiffThreads } from './diff-thread.ts';
import type { ImageHandle } from './image-handle.ts';
import type { ImageName } from './name.ts';

/** What a volume and all that is opened from it share. */
export interface VolumeContext {
  readonly cluster: Cluster;
  readonly operations: Operations;
  readonly diffs: Pick<DiffThreads, 'run'>;
  readonly name: ImageName;
  readonly identity: ImageIdentity;
  readonly snapshotTimeoutMs: number;
  readonly maxRuns: number | undefined;
  /** One place: who gives up a group's snapshot must see who else has. */
  readonly releasing: Slots;
  /** Names of all images that were opened over this connection: some may have left a group whose snapshot they need. */
  readonly opened: ReadonlySet<string>;
}

/** What a diff needs to know of the newer one of its ends. */
export type DiffEnd = Omit<OpenSnapshot, 'reader' | 'description'>;

/** A snapshot that is open for reading, and all that works on it needs to know. */
export interface OpenSnapshot {
  readonly context: VolumeContext;
  /** Null when it is the live head. */
  readonly snapshot: ImageSnapshot | null;
  /** `pool[/namespace]/image[@snapshot]`, for messages. */
  readonly label: string;
  readonly handle: ImageHandle;
  readonly reader: ImageReader;
  /** Bytes. */
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>>;
}
