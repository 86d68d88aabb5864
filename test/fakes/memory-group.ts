import type { SourceGroup } from '../../src/core/source.ts';
import type { ImageSnapshot, VolumeSource } from '../../src/core/volume.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { anchorName } from '../../src/source/rbd/anchor.ts';
import { snapshotTogether } from '../../src/source/rbd/snapshot-together.ts';
import type { Faults } from './faults.ts';
import type { MemoryImage } from './memory-image.ts';

/** A group of images: what other people do to it. An image is in one group at most. */
export class MemoryGroup {
  readonly name: string;
  readonly members = new Set<string>();
  /** Those that are whole. */
  readonly snapshots = new Set<string>();
  readonly #image: (name: string) => MemoryImage;

  constructor(name: string, image: (name: string) => MemoryImage) {
    this.name = name;
    this.#image = image;
  }

  createSnapshot(name: string): void {
    if (this.snapshots.has(name)) {
      throw new CephError('snapshot-exists', `snapshot ${this.name}@${name} exists already`);
    }
    for (const member of this.members) this.#image(member).createSnapshot(name, this.name);
    this.snapshots.add(name);
  }

  /** As a maker does that dies when the first image has its part. */
  beginSnapshot(name: string): void {
    const [first] = this.members;
    if (first !== undefined) this.#image(first).createSnapshot(name, this.name);
  }

  /** Removes it from all images, also from such as have left. */
  removeSnapshot(name: string, images: Iterable<MemoryImage>): void {
    this.snapshots.delete(name);
    for (const image of images) image.removeSnapshot(name, this.name);
  }
}

export interface MemoryGroupContext {
  readonly group: MemoryGroup;
  readonly faults: Faults;
  readonly image: (name: string) => MemoryImage;
}

/** The group as a job sees it. */
export function memoryGroup({
  group,
  faults,
  image,
}: MemoryGroupContext): SourceGroup<VolumeSource, ImageSnapshot> {
  return {
    name: group.name,
    members: async (signal) => {
      signal.throwIfAborted();
      return [...group.members].toSorted();
    },
    doubts: async () =>
      [...group.members]
        .filter((member) => !image(member).hasExclusiveLock)
        .map((member) => `image ${member} has no exclusive lock`),
    createSnapshot: (name, sources, signal) => {
      const context = { image: group.name, snapshot: name, signal };
      const make = async (): Promise<void> => {
        await faults.pass('createGroupSnapshot', context);
        group.createSnapshot(name);
        await faults.pass('createdGroupSnapshot', context);
      };
      return snapshotTogether(name, sources, make, signal);
    },
  };
}

/** Whether any of the images needs the group's snapshot still: it then has its anchor. */
export function isNeeded(images: Iterable<MemoryImage>, group: string, name: string): boolean {
  return [...images].some(
    ({ snapshots }) =>
      snapshots.some((own) => own.group === null && own.name === anchorName(name)) &&
      snapshots.some((part) => part.group === group && part.name === name),
  );
}
