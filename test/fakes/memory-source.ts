import type { ImageIdentity, SourceCatalog } from '../../src/core/source.ts';
import type {
  DiffMode,
  DiffResult,
  ImageSnapshot,
  VolumeSnapshot,
  VolumeSource,
} from '../../src/core/volume.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { Faults } from './faults.ts';
import { diffStates } from './memory-diff.ts';
import { MemoryImage, type MemorySnapshot, type MemoryState, readState } from './memory-image.ts';

/**
 * A cluster in memory that behaves as Ceph does. Tests change its images through
 * {@link MemoryCluster.image} and make it fail through {@link MemoryCluster.faults}.
 */
export class MemoryCluster {
  readonly fsid: string;
  readonly faults = new Faults();
  readonly #images = new Map<string, MemoryImage>();
  #nextImage = 1;
  #nextSnapshot = 1n;

  constructor(fsid = '11111111-2222-3333-4444-555555555555') {
    this.fsid = fsid;
  }

  /** Makes an image; its name is `pool[/namespace]/image`, its size any number of bytes. */
  createImage(name: string, size: number): MemoryImage {
    if (this.#images.has(name)) throw new Error(`there is an image ${name} already`);
    const id = `image${this.#nextImage++}`;
    const image = new MemoryImage(name, id, size, () => this.#nextSnapshot++);
    this.#images.set(name, image);
    return image;
  }

  removeImage(name: string): void {
    this.#images.delete(name);
  }

  image(name: string): MemoryImage {
    const image = this.#images.get(name);
    if (image === undefined) {
      throw new CephError('image-missing', `image ${name} does not exist (ENOENT, errno 2)`);
    }
    return image;
  }

  names(): readonly string[] {
    return [...this.#images.keys()].sort();
  }

  catalog(): SourceCatalog<VolumeSource> {
    return new MemoryCatalog(this);
  }
}

class MemoryCatalog implements SourceCatalog<VolumeSource> {
  readonly problems = [];
  readonly #cluster: MemoryCluster;

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  async list(signal: AbortSignal): Promise<readonly string[]> {
    await this.#cluster.faults.pass('list', { image: '', signal });
    return this.#cluster.names();
  }

  async open(name: string, signal: AbortSignal): Promise<VolumeSource> {
    await this.#cluster.faults.pass('open', { image: name, signal });
    return new MemoryVolume(this.#cluster, this.#cluster.image(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemoryVolume implements VolumeSource {
  readonly name: string;
  readonly identity: ImageIdentity;
  readonly #cluster: MemoryCluster;

  constructor(cluster: MemoryCluster, image: MemoryImage) {
    this.#cluster = cluster;
    this.name = image.name;
    const pool = image.name.split('/')[0] ?? '';
    this.identity = { kind: 'rbd', cluster: cluster.fsid, pool: `pool-${pool}`, image: image.id };
  }

  async snapshots(signal: AbortSignal): Promise<readonly ImageSnapshot[]> {
    await this.#cluster.faults.pass('snapshots', { image: this.name, signal });
    return this.#image().snapshots.map(describeSnapshot);
  }

  async createSnapshot(name: string, signal: AbortSignal): Promise<ImageSnapshot> {
    const context = { image: this.name, snapshot: name, signal };
    await this.#cluster.faults.pass('createSnapshot', context);
    const image = this.#image();
    if (image.snapshots.some((snapshot) => snapshot.name === name)) {
      throw new CephError('snapshot-exists', `snapshot ${this.name}@${name} exists already`);
    }
    const snapshot = image.createSnapshot(name);
    await this.#cluster.faults.pass('createdSnapshot', context);
    return describeSnapshot(snapshot);
  }

  async removeSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<void> {
    const context = { image: this.name, snapshot: snapshot.name, signal };
    await this.#cluster.faults.pass('removeSnapshot', context);
    const found = this.#find(snapshot);
    if (found?.isProtected) {
      throw new CephError('snapshot-protected', `snapshot ${this.name}@${found.name} is protected`);
    }
    if (found !== undefined) this.#image().removeSnapshot(found.name);
    await this.#cluster.faults.pass('removedSnapshot', context);
  }

  async openSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<VolumeSnapshot> {
    const context = { image: this.name, snapshot: snapshot.name, signal };
    await this.#cluster.faults.pass('openSnapshot', context);
    return this.#reader(this.#get(snapshot), snapshot);
  }

  async openHead(signal: AbortSignal): Promise<VolumeSnapshot> {
    await this.#cluster.faults.pass('openHead', { image: this.name, signal });
    return this.#reader(this.#image(), null);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #reader(state: MemoryState, snapshot: ImageSnapshot | null): VolumeSnapshot {
    return new MemoryReader({
      name: this.name,
      snapshot,
      faults: this.#cluster.faults,
      // A snapshot that was removed in the meantime cannot be read any more.
      state: () => (snapshot === null ? this.#image() : this.#get(snapshot)),
      base: (base) => this.#get(base),
      size: state.size,
    });
  }

  #image(): MemoryImage {
    const image = this.#cluster.image(this.name);
    if (image.id !== this.identity.image) {
      throw new CephError('image-replaced', `image ${this.name} was removed and made again`);
    }
    return image;
  }

  #find(wanted: ImageSnapshot): MemorySnapshot | undefined {
    return this.#image().snapshots.find(
      (snapshot) => snapshot.name === wanted.name && String(snapshot.id) === wanted.id,
    );
  }

  #get(wanted: ImageSnapshot): MemorySnapshot {
    const found = this.#find(wanted);
    if (found !== undefined) return found;
    const what = `snapshot ${this.name}@${wanted.name} (id ${wanted.id})`;
    throw new CephError('snapshot-missing', `${what} does not exist (ENOENT, errno 2)`);
  }
}

interface MemoryReaderOptions {
  readonly name: string;
  readonly snapshot: ImageSnapshot | null;
  readonly faults: Faults;
  readonly size: number;
  state(): MemoryState;
  base(snapshot: ImageSnapshot): MemoryState;
}

class MemoryReader implements VolumeSnapshot {
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>> = { features: ['layering'], order: 22 };
  readonly #options: MemoryReaderOptions;

  constructor(options: MemoryReaderOptions) {
    this.#options = options;
    this.size = options.size;
  }

  async diff(base: ImageSnapshot | null, mode: DiffMode, signal: AbortSignal): Promise<DiffResult> {
    const { faults } = this.#options;
    const context = this.#context(signal);
    await faults.pass('diff', context);
    const extents = diffStates(
      base === null ? null : this.#options.base(base),
      this.#options.state(),
    );
    return { extents: faults.distortDiff?.(extents, context) ?? extents, mode, warnings: [] };
  }

  async read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void> {
    await this.#options.faults.pass('read', { ...this.#context(signal), offset, length });
    if (offset < 0 || offset + length > this.size || length > into.length) {
      const what = `${length} bytes at ${offset}`;
      throw new CephError('read-failed', `${this.#options.name}: ${what} are past the end`);
    }
    readState(this.#options.state(), offset, into.subarray(0, length));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #context(signal: AbortSignal) {
    const { name, snapshot } = this.#options;
    return { image: name, ...(snapshot && { snapshot: snapshot.name }), signal };
  }
}

function describeSnapshot(snapshot: MemorySnapshot): ImageSnapshot {
  const { name, id, size, isProtected } = snapshot;
  return { name, id: String(id), size, isProtected };
}
