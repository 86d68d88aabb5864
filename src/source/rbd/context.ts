import type { ImageIdentity } from '../../core/source.ts';
import type { ImageSnapshot } from '../../core/volume.ts';
import type { Cluster } from '../../native/rados.ts';
import type { ImageReader } from '../../native/rbd-reader.ts';
import type { Operations } from '../ceph/operations.ts';
import type { ImageHandle } from './image-handle.ts';
import type { ImageName } from './name.ts';

/** What a volume and all that is opened from it share. */
export interface VolumeContext {
  readonly cluster: Cluster;
  readonly operations: Operations;
  readonly name: ImageName;
  readonly identity: ImageIdentity;
  readonly snapshotTimeoutMs: number;
  readonly maxRuns: number | undefined;
}

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
