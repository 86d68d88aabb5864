import type { ImageIdentity } from '../../core/source.ts';
import type { ImageSnapshot, VolumeSnapshot, VolumeSource } from '../../core/volume.ts';
import type { VolumeContext } from './context.ts';
import { createSnapshot } from './create-snapshot.ts';
import { openSameImage, openSameSnapshot } from './image-handle.ts';
import { formatImageName } from './name.ts';
import { readSnapshots } from './read-snapshots.ts';
import { removeSnapshot } from './remove-snapshot.ts';
import { removeUnfinished } from './remove-unfinished.ts';
import { openReader } from './snapshot-reader.ts';

/**
 * An RBD image. Nothing of it is held open: a handle knows the image as it was when it was opened,
 * and one for changes would keep others from removing it.
 */
export class RbdVolume implements VolumeSource {
  readonly name: string;
  readonly identity: ImageIdentity;
  readonly #context: VolumeContext;

  constructor(context: VolumeContext) {
    this.#context = context;
    this.name = formatImageName(context.name);
    this.identity = context.identity;
  }

  snapshots(signal: AbortSignal): Promise<readonly ImageSnapshot[]> {
    return this.#context.operations.run(signal, () => readSnapshots(this.#context));
  }

  createSnapshot(name: string, signal: AbortSignal): Promise<ImageSnapshot> {
    return createSnapshot(this.#context, name, signal);
  }

  removeSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<boolean> {
    return removeSnapshot(this.#context, snapshot, signal);
  }

  removeUnfinished(name: string, signal: AbortSignal): Promise<void> {
    return removeUnfinished(this.#context, name, signal);
  }

  openSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<VolumeSnapshot> {
    const { cluster, name, identity } = this.#context;
    return openReader(this.#context, snapshot, signal, () =>
      openSameSnapshot(cluster, name, identity, snapshot),
    );
  }

  openHead(signal: AbortSignal): Promise<VolumeSnapshot> {
    const { cluster, name, identity } = this.#context;
    return openReader(this.#context, null, signal, () =>
      openSameImage(cluster, name, identity, 'read-only'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
