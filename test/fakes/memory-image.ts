/** The granule of the fake's copy-on-write, in bytes: odd on purpose, so that nothing is aligned. */
export const GRANULE_BYTES = 1000;

/** The contents of an image at one moment: granules by number; a missing one reads as zeros. */
export interface MemoryState {
  readonly size: number;
  readonly granules: ReadonlyMap<number, Buffer>;
}

export interface MemorySnapshot extends MemoryState {
  readonly name: string;
  readonly id: bigint;
  /** The group that it was made with; null for one of the image alone. */
  readonly group: string | null;
  isProtected: boolean;
}

/** An image in memory, sparse: what a guest and other people do to it. */
export class MemoryImage {
  readonly name: string;
  readonly id: string;
  readonly snapshots: MemorySnapshot[] = [];
  size: number;
  /** Without one, a snapshot of a group cannot hold its writers back. */
  hasExclusiveLock = true;
  /** Replaced, never changed in place: snapshots share the buffers. */
  granules = new Map<number, Buffer>();
  readonly #nextSnapshotId: () => bigint;

  constructor(name: string, id: string, size: number, nextSnapshotId: () => bigint) {
    this.name = name;
    this.id = id;
    this.size = size;
    this.#nextSnapshotId = nextSnapshotId;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (offset < 0 || offset + bytes.length > this.size) throw new RangeError('write past the end');
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const index = Math.floor(at / GRANULE_BYTES);
      const within = at - index * GRANULE_BYTES;
      const length = Math.min(GRANULE_BYTES - within, bytes.length - done);
      const granule = Buffer.from(this.granules.get(index) ?? Buffer.alloc(GRANULE_BYTES));
      granule.set(bytes.subarray(done, done + length), within);
      this.granules.set(index, granule);
      done += length;
    }
  }

  discard(offset: number, length: number): void {
    const end = Math.min(offset + length, this.size);
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / GRANULE_BYTES);
      const next = Math.min((index + 1) * GRANULE_BYTES, end);
      // The last granule may be cut off by the image's end.
      const granuleEnd = Math.min((index + 1) * GRANULE_BYTES, this.size);
      if (at === index * GRANULE_BYTES && next === granuleEnd) this.granules.delete(index);
      else if (this.granules.has(index)) this.write(at, Buffer.alloc(next - at));
      at = next;
    }
  }

  resize(size: number): void {
    if (size < this.size) this.discard(size, this.size - size);
    this.size = size;
  }

  createSnapshot(name: string, group: string | null = null): MemorySnapshot {
    const snapshot: MemorySnapshot = {
      name,
      group,
      id: this.#nextSnapshotId(),
      size: this.size,
      granules: new Map(this.granules),
      isProtected: false,
    };
    this.snapshots.push(snapshot);
    return snapshot;
  }

  removeSnapshot(name: string, group: string | null = null): void {
    const index = this.snapshots.findIndex(
      (snapshot) => snapshot.name === name && snapshot.group === group,
    );
    if (index >= 0) this.snapshots.splice(index, 1);
  }

  protectSnapshot(name: string, isProtected = true): void {
    const snapshot = this.snapshots.find((candidate) => candidate.name === name);
    if (snapshot === undefined) throw new Error(`no snapshot ${name}`);
    snapshot.isProtected = isProtected;
  }

  /** All bytes of the image, or of one of its snapshots. */
  contents(state: MemoryState = this): Buffer {
    const bytes = Buffer.alloc(state.size);
    readState(state, 0, bytes);
    return bytes;
  }
}

/** Fills `into` with the bytes at `offset`. */
export function readState(state: MemoryState, offset: number, into: Buffer): void {
  into.fill(0);
  for (let done = 0; done < into.length; ) {
    const at = offset + done;
    const index = Math.floor(at / GRANULE_BYTES);
    const within = at - index * GRANULE_BYTES;
    const length = Math.min(GRANULE_BYTES - within, into.length - done);
    state.granules.get(index)?.copy(into, done, within, within + length);
    done += length;
  }
}
