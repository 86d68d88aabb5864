import type { SourceGroup } from '../../core/source.ts';
import type { ImageSnapshot, VolumeSource } from '../../core/volume.ts';
import { ErrnoError } from '../../native/errno.ts';
import type { Cluster } from '../../native/rados.ts';
import { createGroupSnapshot } from '../../native/rbd-group.ts';
import { CephError } from '../ceph/errors.ts';
import { type Operations, within } from '../ceph/operations.ts';
import { translate } from '../ceph/translate.ts';
import { featureNames } from './features.ts';
import { groupMembers } from './group-members.ts';
import { snapshotsOfGroup } from './group-snapshots.ts';
import { openHandle } from './image-handle.ts';
import { formatGroupName, type GroupName, parseImageName } from './name.ts';
import { snapshotTogether } from './snapshot-together.ts';

export interface GroupContext {
  readonly cluster: Cluster;
  readonly operations: Operations;
  readonly name: GroupName;
  readonly snapshotTimeoutMs: number;
}

/** An RBD group: images, of one or several pools, that Ceph snapshots at one moment. */
export class RbdGroup implements SourceGroup<VolumeSource, ImageSnapshot> {
  readonly name: string;
  readonly #context: GroupContext;

  constructor(context: GroupContext) {
    this.#context = context;
    this.name = formatGroupName(context.name);
  }

  members(signal: AbortSignal): Promise<readonly string[]> {
    const { operations, cluster, name } = this.#context;
    return operations.run(signal, () => groupMembers(cluster, name));
  }

  doubts(signal: AbortSignal): Promise<readonly string[]> {
    return this.#context.operations.run(signal, () => this.#doubts());
  }

  /** Ceph holds the writers back by the exclusive lock; an image without one is written to meanwhile. */
  async #doubts(): Promise<readonly string[]> {
    const { cluster, name } = this.#context;
    const doubts: string[] = [];
    for (const image of await groupMembers(cluster, name)) {
      await using head = await openHandle(cluster, parseImageName(image), 'read-only');
      if (featureNames(head.image.features()).includes('exclusive-lock')) continue;
      doubts.push(
        `image ${image} of group ${this.name} has no exclusive lock: what is written to it while the group is snapshotted may not fit the other images`,
      );
    }
    return doubts;
  }

  createSnapshot(
    name: string,
    sources: readonly VolumeSource[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ImageSnapshot>> {
    return snapshotTogether(name, sources, () => this.#create(name, signal), signal);
  }

  async #create(name: string, signal: AbortSignal): Promise<void> {
    const { operations, snapshotTimeoutMs } = this.#context;
    const request = operations.run(signal, () => this.#request(name));
    if ((await within(request, snapshotTimeoutMs, 'stalled' as const)) !== 'stalled') return;
    request.catch(() => undefined);
    const { cluster, name: group } = this.#context;
    const made = await operations.run(signal, () => snapshotsOfGroup(cluster, group));
    if (made.some((snapshot) => snapshot.name === name && snapshot.isComplete)) return;
    throw new CephError(
      'snapshot-stalled',
      `snapshot ${this.name}@${name} was not made: no answer in ${snapshotTimeoutMs / 1000} s`,
    );
  }

  async #request(snapshot: string): Promise<void> {
    const { cluster, name } = this.#context;
    const full = `${this.name}@${snapshot}`;
    try {
      using io = await cluster.openPool(name.pool, name.namespace);
      await createGroupSnapshot(io, name.group, snapshot);
    } catch (error) {
      if (error instanceof ErrnoError && error.code === 'EEXIST') {
        throw new CephError(
          'snapshot-exists',
          `snapshot ${full} exists already (EEXIST, errno 17)`,
        );
      }
      throw translate(error, {
        what: `cannot make snapshot ${full}`,
        missing: 'group-missing',
        meanings: {
          EROFS: [
            'not-primary',
            'an image of the group cannot be changed, or its lock is not given up',
          ],
        },
        hints: {
          'not-primary':
            'See whether one of its images is a non-primary mirror, or has a client that keeps the exclusive lock (`rbd info`, `rbd lock ls`).',
        },
      });
    }
  }
}
