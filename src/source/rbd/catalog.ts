import type { SourceCatalog } from '../../core/source.ts';
import type { ImageSnapshot, VolumeSource } from '../../core/volume.ts';
import { createSlots } from '../../lib/slots.ts';
import type { Cluster } from '../../native/rados.ts';
import { listGroups } from '../../native/rbd-group.ts';
import { listImages } from '../../native/rbd-pool.ts';
import { type ConnectOptions, connectCluster } from '../ceph/connect.ts';
import { CephError } from '../ceph/errors.ts';
import { abortable, Operations } from '../ceph/operations.ts';
import { createDiffThreads } from './diff-thread.ts';
import { RbdGroup } from './group.ts';
import { openHandle } from './image-handle.ts';
import { formatImageName, type GroupName, parseImageName } from './name.ts';
import { visitPools } from './pools.ts';
import { RbdVolume } from './volume.ts';

export interface RbdOptions extends Omit<ConnectOptions, 'options'> {
  /** How long making or removing a snapshot may take before it is looked into, in milliseconds. */
  readonly snapshotTimeoutMs?: number | undefined;
  /** How many ranges of a diff are kept apart at most. */
  readonly maxRuns?: number | undefined;
}

const SNAPSHOT_TIMEOUT_MS = 60_000;

/** How long closing waits for calls that nobody waits for any more, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

const OPTIONS: Readonly<Record<string, string>> = {
  // Nothing is read twice, so a cache would only cost memory.
  rbd_cache: 'false',
  // An exact diff asks each object, this many at a time. Ceph's default of 10 leaves a cluster idle.
  rbd_concurrent_management_ops: '32',
};

/** Connects to a Ceph cluster. */
export async function openRbdCatalog(
  options: RbdOptions,
  signal: AbortSignal,
): Promise<RbdCatalog> {
  signal.throwIfAborted();
  const connecting = connectCluster({ ...options, options: OPTIONS });
  try {
    return new RbdCatalog(await abortable(connecting, signal), options);
  } catch (error) {
    // Nobody waits for the connection any more, should it still come about.
    connecting.then((cluster) => cluster[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

/** All RBD images that the user may see, in all pools that are meant for RBD. */
export class RbdCatalog implements SourceCatalog<VolumeSource, ImageSnapshot> {
  readonly #cluster: Cluster;
  readonly #fsid: string;
  readonly #options: RbdOptions;
  readonly #operations = new Operations();
  readonly #diffs = createDiffThreads();
  /** See {@link VolumeContext.releasing}. */
  readonly #releasing = createSlots(1);
  readonly #opened = new Set<string>();
  #problems: Readonly<Record<'images' | 'groups', readonly CephError[]>> = {
    images: [],
    groups: [],
  };

  constructor(cluster: Cluster, options: RbdOptions) {
    this.#cluster = cluster;
    this.#fsid = cluster.fsid();
    this.#options = options;
  }

  /** What the last {@link list} and {@link groups} could not look into. */
  get problems(): readonly CephError[] {
    return [...this.#problems.images, ...this.#problems.groups];
  }

  list(signal: AbortSignal): Promise<readonly string[]> {
    return this.#operations.run(signal, () => this.#list(signal));
  }

  async #list(signal: AbortSignal): Promise<readonly string[]> {
    const names: string[] = [];
    const problems = await visitPools(this.#cluster, signal, 'images', async (io, place) => {
      for (const { name } of await listImages(io)) {
        names.push(formatImageName({ ...place, image: name }));
      }
    });
    this.#problems = { ...this.#problems, images: problems };
    if (names.length === 0 && problems[0] !== undefined) throw problems[0];
    return names.sort();
  }

  groups(signal: AbortSignal): Promise<readonly RbdGroup[]> {
    return this.#operations.run(signal, () => this.#groups(signal));
  }

  async #groups(signal: AbortSignal): Promise<readonly RbdGroup[]> {
    const groups: RbdGroup[] = [];
    const problems = await visitPools(this.#cluster, signal, 'groups', async (io, place) => {
      for (const group of await listGroups(io)) groups.push(this.#group({ ...place, group }));
    });
    this.#problems = { ...this.#problems, groups: problems };
    if (groups.length === 0 && problems[0] !== undefined) throw problems[0];
    return groups.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #group(name: GroupName): RbdGroup {
    return new RbdGroup({
      cluster: this.#cluster,
      operations: this.#operations,
      name,
      snapshotTimeoutMs: this.#options.snapshotTimeoutMs ?? SNAPSHOT_TIMEOUT_MS,
    });
  }

  open(name: string, signal: AbortSignal): Promise<VolumeSource> {
    return this.#operations.run(signal, () => this.#open(name));
  }

  async #open(name: string): Promise<VolumeSource> {
    const parts = parseImageName(name);
    await using head = await openHandle(this.#cluster, parts, 'read-only');
    if (head.image.isOldFormat()) {
      const message = `image ${name} is of format 1, which has no id to know it again by`;
      throw new CephError('image-unsupported', message);
    }
    this.#opened.add(name);
    return new RbdVolume({
      cluster: this.#cluster,
      operations: this.#operations,
      diffs: this.#diffs,
      name: parts,
      identity: {
        kind: 'rbd',
        cluster: this.#fsid,
        pool: head.io.poolId(),
        image: head.image.id(),
      },
      snapshotTimeoutMs: this.#options.snapshotTimeoutMs ?? SNAPSHOT_TIMEOUT_MS,
      maxRuns: this.#options.maxRuns,
      releasing: this.#releasing,
      opened: this.#opened,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What still uses the connection would crash without it: then it is left to the process's end.
    if (await this.#operations.settle(CLOSE_TIMEOUT_MS)) {
      await this.#diffs[Symbol.asyncDispose]();
      await this.#cluster[Symbol.asyncDispose]();
    }
  }
}
