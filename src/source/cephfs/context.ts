import type { DirectoryIdentity } from '../../core/source.ts';
import type { Pace } from '../../lib/pace.ts';
import type { Layout } from '../../native/cephfs-file.ts';
import type { Mount } from '../../native/cephfs-mount.ts';
import type { Cluster } from '../../native/rados.ts';
import type { Operations } from '../ceph/operations.ts';
import type { Call } from './calls.ts';
import type { Filesystem } from './filesystems.ts';

/** A filesystem, and what all that is opened from it share. */
export interface FilesystemContext {
  readonly cluster: Cluster;
  /** Where snapshots are made, listed and removed. */
  readonly mount: Mount;
  readonly call: Call;
  /** As {@link call}, in a thread of its own: all others may be waiting for what it brings about. */
  readonly nudge: Call;
  readonly operations: Operations;
  /** Of entries that are listed. */
  readonly pace: Pace;
  readonly filesystem: Filesystem;
  /** The cluster's fsid. */
  readonly clusterId: string;
  /** What a file is like for which nothing is set. */
  readonly defaultLayout: Layout;
  /** The pool of {@link defaultLayout}. */
  readonly defaultPool: string;
  readonly snapshotTimeoutMs: number;
}

/** A directory that is backed up. */
export interface DirectoryContext {
  readonly filesystem: FilesystemContext;
  /** Its path: absolute, without a slash at its end. */
  readonly name: string;
  readonly identity: DirectoryIdentity;
}
