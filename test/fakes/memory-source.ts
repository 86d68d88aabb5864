import type { Extent } from '../../src/core/extent.ts';
import type { ImageIdentity, SourceCatalog, SourceGroup } from '../../src/core/source.ts';
import type {
  DiffMode,
  DiffResult,
  ImageSnapshot,
  VolumeSnapshot,
  VolumeSource,
} from '../../src/core/volume.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { anchorName, anchorOf } from '../../src/source/rbd/anchor.ts';
import { changesBetween, wholeContent } from '../../src/source/rbd/anchored-changes.ts';
import { Faults } from './faults.ts';
import { diffStates } from './memory-diff.ts';
import { isNeeded, MemoryGroup, memoryGroup } from './memory-group.ts';
import { MemoryImage, type MemorySnapshot, type MemoryState, readState } from './memory-image.ts';

/**
 * A cluster in memory that behaves as Ceph does. Tests change its images through
 * {@link MemoryCluster.image} and make it fail through {@link MemoryCluster.faults}.
 */
export class MemoryCluster {
  readonly fsid: string;
  readonly faults = new Faults();
  readonly groups = new Map<string, MemoryGroup>();
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

  /** Makes a group; its name is `pool[/namespace]/group`. */
  createGroup(name: string, ...members: readonly string[]): MemoryGroup {
    const group = new MemoryGroup(name, (member) => this.image(member));
    for (const member of members) group.members.add(member);
    this.groups.set(name, group);
    return group;
  }

  /** A group goes with all of its snapshots. */
  removeGroup(name: string): void {
    const group = this.groups.get(name);
    for (const snapshot of group?.snapshots ?? []) {
      group?.removeSnapshot(snapshot, this.#images.values());
    }
    this.groups.delete(name);
  }

  /** Of whatever group. */
  images(): Iterable<MemoryImage> {
    return this.#images.values();
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

  catalog(): SourceCatalog<VolumeSource, ImageSnapshot> {
    return new MemoryCatalog(this);
  }
}

class MemoryCatalog implements SourceCatalog<VolumeSource, ImageSnapshot> {
  readonly problems = [];
  readonly #cluster: MemoryCluster;
  readonly #opened = new Set<string>();

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  async list(signal: AbortSignal): Promise<readonly string[]> {
    await this.#cluster.faults.pass('list', { image: '', signal });
    return this.#cluster.names();
  }

  async open(name: string, signal: AbortSignal): Promise<VolumeSource> {
    await this.#cluster.faults.pass('open', { image: name, signal });
    const image = this.#cluster.image(name);
    this.#opened.add(name);
    return new MemoryVolume(this.#cluster, image, this.#opened);
  }

  async groups(signal: AbortSignal): Promise<readonly SourceGroup<VolumeSource, ImageSnapshot>[]> {
    signal.throwIfAborted();
    const { faults, groups } = this.#cluster;
    return [...groups.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((group) => memoryGroup({ group, faults, image: (name) => this.#cluster.image(name) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemoryVolume implements VolumeSource {
  readonly name: string;
  readonly identity: ImageIdentity;
  readonly #cluster: MemoryCluster;
  readonly #opened: ReadonlySet<string>;

  constructor(cluster: MemoryCluster, image: MemoryImage, opened: ReadonlySet<string>) {
    this.#cluster = cluster;
    this.#opened = opened;
    this.name = image.name;
    const pool = image.name.split('/')[0] ?? '';
    this.identity = { kind: 'rbd', cluster: cluster.fsid, pool: `pool-${pool}`, image: image.id };
  }

  async snapshots(signal: AbortSignal): Promise<readonly ImageSnapshot[]> {
    await this.#cluster.faults.pass('snapshots', { image: this.name, signal });
    return this.#image()
      .snapshots.filter((snapshot) => this.#isWhole(snapshot))
      .map(describeSnapshot);
  }

  async createSnapshot(name: string, signal: AbortSignal): Promise<ImageSnapshot> {
    const context = { image: this.name, snapshot: name, signal };
    await this.#cluster.faults.pass('createSnapshot', context);
    const image = this.#image();
    if (image.snapshots.some((own) => own.group === null && own.name === name)) {
      throw new CephError('snapshot-exists', `snapshot ${this.name}@${name} exists already`);
    }
    const snapshot = image.createSnapshot(name);
    await this.#cluster.faults.pass('createdSnapshot', context);
    return describeSnapshot(snapshot);
  }

  async removeSnapshot(snapshot: ImageSnapshot, signal: AbortSignal): Promise<boolean> {
    const context = { image: this.name, snapshot: snapshot.name, signal };
    await this.#cluster.faults.pass('removeSnapshot', context);
    const found = this.#find(snapshot);
    if (found?.isProtected) {
      throw new CephError('snapshot-protected', `snapshot ${this.name}@${found.name} is protected`);
    }
    const isGone = found === undefined ? this.#removeAnchor(snapshot) : this.#remove(found);
    await this.#cluster.faults.pass('removedSnapshot', context);
    return isGone;
  }

  /** What a snapshot of a group leaves in an image when somebody removes it. */
  #removeAnchor({ name, id, group }: ImageSnapshot): true {
    const image = this.#image();
    const anchor = image.snapshots.find((own) => own.name === anchorName(name));
    const isOurs = group !== null && anchor !== undefined && anchor.id < BigInt(id);
    if (isOurs) image.removeSnapshot(anchor.name);
    return true;
  }

  #remove({ name, group }: MemorySnapshot): boolean {
    const image = this.#image();
    image.removeSnapshot(group === null ? name : anchorName(name));
    const found = group === null ? undefined : this.#cluster.groups.get(group);
    if (found === undefined) return true;
    const others = [...this.#cluster.images()].filter(
      (other) => found.members.has(other.name) || this.#opened.has(other.name),
    );
    if (isNeeded(others, found.name, name)) return false;
    found.removeSnapshot(name, this.#cluster.images());
    return true;
  }

  async removeUnfinished(name: string, signal: AbortSignal): Promise<void> {
    await this.#cluster.faults.pass('removeSnapshot', {
      image: this.name,
      snapshot: name,
      signal,
    });
    const image = this.#image();
    const part = image.snapshots.find((own) => own.group !== null && own.name === name);
    if (part !== undefined && this.#isWhole(part)) return;
    const group = this.#cluster.groups.get(part?.group ?? '');
    group?.removeSnapshot(name, this.#cluster.images());
    image.removeSnapshot(anchorName(name));
  }

  /** Whether it is a snapshot of the image alone, or one of a group that all images of that got. */
  #isWhole({ name, group }: MemorySnapshot): boolean {
    return group === null || this.#cluster.groups.get(group)?.snapshots.has(name) === true;
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
      anchor: (base) => anchorOf(base, this.#image().snapshots.map(describeSnapshot)),
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
  anchor(base: ImageSnapshot): ImageSnapshot | undefined;
}

class MemoryReader implements VolumeSnapshot {
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly #options: MemoryReaderOptions;

  constructor(options: MemoryReaderOptions) {
    this.#options = options;
    this.size = options.size;
    const group = options.snapshot?.group ?? null;
    this.description = { features: ['layering'], order: 22, ...(group === null ? {} : { group }) };
  }

  async diff(base: ImageSnapshot | null, mode: DiffMode, signal: AbortSignal): Promise<DiffResult> {
    const { faults } = this.#options;
    const context = this.#context(signal);
    await faults.pass('diff', context);
    const extents = this.#changesSince(base);
    return { extents: faults.distortDiff?.(extents, context) ?? extents, mode, warnings: [] };
  }

  /** Changes since a snapshot of a group are found by its anchor only, as Ceph has it. */
  #changesSince(base: ImageSnapshot | null): readonly Extent[] {
    const state = this.#options.state();
    if (base === null) return diffStates(null, state);
    const baseState = this.#options.base(base);
    if (base.group === null) return diffStates(baseState, state);
    const anchor = this.#options.anchor(base);
    if (anchor === undefined) return wholeContent(diffStates(null, state), state.size);
    const anchorState = this.#options.base(anchor);
    return changesBetween({
      atBase: diffStates(anchorState, baseState),
      now: diffStates(anchorState, state),
      anchorSize: anchorState.size,
      baseSize: baseState.size,
      size: state.size,
    });
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
  const { name, id, size, isProtected, group } = snapshot;
  return { name, id: String(id), size, isProtected, group };
}
