import { randomUUID } from 'node:crypto';
import type { Piece } from '../../src/core/extent.ts';
import type { Checkpoint, CommitRecord, TargetSnapshot } from '../../src/core/target.ts';
import type {
  ApplyOptions,
  ApplyProgress,
  VolumeOrder,
  VolumeTarget,
  VolumeWriter,
} from '../../src/core/volume.ts';
import {
  type AboutDataset,
  type CommonTargetFault,
  type History,
  MemoryDatasets,
  zfsError,
} from './memory-datasets.ts';

/** Where a fake target of volumes can be made to fail. */
export type TargetFault = CommonTargetFault | 'write' | 'checkpoint';

type MemorySnapshot = {
  readonly name: string;
  readonly data: Buffer;
} & (
  | { readonly kind: 'commit'; readonly record: CommitRecord }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'foreign' }
);

interface MemoryZvol extends AboutDataset {
  head: Buffer;
  snapshots: MemorySnapshot[];
}

export interface MemoryPoolOptions {
  readonly blockSize: number;
  /** A checkpoint is taken when this many bytes were dealt with. */
  readonly checkpointBytes: number;
}

/** A pool in memory that behaves as zvols do; tests reach into it and make it fail. */
export class MemoryPool extends MemoryDatasets<MemoryZvol, VolumeTarget, TargetFault> {
  readonly options: MemoryPoolOptions;
  /** What a commit waits for. */
  beforeCommit: () => Promise<void> = async () => undefined;

  constructor(options: Partial<MemoryPoolOptions> = {}) {
    super('pool/');
    this.options = { blockSize: 4096, checkpointBytes: Number.POSITIVE_INFINITY, ...options };
  }

  /** A snapshot as another program would make it. */
  snapshotByOthers(dataset: string, name: string): void {
    const { head, snapshots } = this.dataset(dataset);
    snapshots.push({ name, kind: 'foreign', data: Buffer.from(head) });
  }

  protected override fresh(about: AboutDataset): MemoryZvol {
    return { ...about, head: Buffer.alloc(this.options.blockSize), snapshots: [] };
  }

  protected override history({ snapshots: all }: MemoryZvol): History {
    const snapshots: TargetSnapshot[] = [];
    let checkpoint: Checkpoint | null = null;
    for (const snapshot of all) {
      if (snapshot.kind === 'foreign') continue;
      checkpoint = snapshot.kind === 'checkpoint' ? snapshot.checkpoint : null;
      if (snapshot.kind === 'commit') {
        snapshots.push({ name: snapshot.name, record: snapshot.record });
      }
    }
    return { snapshots, checkpoint };
  }

  protected override removeSnapshot(dataset: MemoryZvol, name: string): void {
    dataset.snapshots = dataset.snapshots.filter((snapshot) => snapshot.name !== name);
  }

  protected override target(dataset: MemoryZvol): VolumeTarget {
    return targetOf(this, dataset);
  }
}

function dropCheckpoints(dataset: MemoryZvol, from: number): void {
  dataset.snapshots = dataset.snapshots.filter(
    ({ kind }, index) => index < from || kind !== 'checkpoint',
  );
}

function targetOf(pool: MemoryPool, dataset: MemoryZvol): VolumeTarget {
  return {
    ...pool.claiming(dataset, () => dropCheckpoints(dataset, 0)),
    begin: async (order, signal) => {
      pool.pass('begin', signal);
      rewind(dataset, order);
      const { blockSize } = pool.options;
      const size = Math.max(1, Math.ceil(order.snapshot.size / blockSize)) * blockSize;
      const head = Buffer.alloc(size);
      dataset.head.copy(head);
      dataset.head = head;
      if (order.checkpoint === null && order.base === null) dataset.head.fill(0);
      return writerOf(pool, dataset, order);
    },
  };
}

function rewind(dataset: MemoryZvol, order: VolumeOrder): void {
  const start = order.checkpoint?.name ?? order.base;
  const index = dataset.snapshots.findIndex(({ name }) => name === start);
  if (order.checkpoint === null) dropCheckpoints(dataset, index + 1);
  const from = dataset.snapshots[index];
  if (start === null) return;
  if (from === undefined) throw zfsError('target-changed', `${start} is gone`);
  const isChanged = !from.data.equals(dataset.head);
  if (index < dataset.snapshots.length - 1 && isChanged) {
    throw zfsError('target-changed', `newer snapshots than ${start} exist`);
  }
  dataset.head = Buffer.from(from.data);
}

function writerOf(pool: MemoryPool, dataset: MemoryZvol, order: VolumeOrder): VolumeWriter {
  const { blockSize, checkpointBytes } = pool.options;

  function write(piece: Piece): number {
    const { offset, length } = piece;
    const end = Math.min(dataset.head.length, Math.ceil((offset + length) / blockSize) * blockSize);
    if (offset % blockSize !== 0) throw new Error(`unaligned piece at ${offset}`);
    if (piece.kind === 'zero') {
      dataset.head.fill(0, offset, end);
      return 0;
    }
    let written = 0;
    for (let at = offset; at < end; at += blockSize) {
      const block = Buffer.alloc(blockSize);
      piece.lease.buffer.copy(block, 0, at - offset, Math.min(length, at - offset + blockSize));
      if (order.compare && block.equals(dataset.head.subarray(at, at + blockSize))) continue;
      block.copy(dataset.head, at);
      written += blockSize;
    }
    return written;
  }

  function takeCheckpoint(offset: number): void {
    const name = `checkpoint-${randomUUID()}`;
    const checkpoint = { name, snapshotId: order.snapshot.id, base: order.base, offset };
    const data = Buffer.from(dataset.head);
    dropCheckpoints(dataset, 0);
    dataset.snapshots.push({ name, kind: 'checkpoint', checkpoint, data });
  }

  return {
    blockSize,
    async apply(pieces, { signal, onProgress, onCheckpoint }: ApplyOptions) {
      const progress = { bytesDone: 0, bytesWritten: 0 } satisfies ApplyProgress;
      let atCheckpoint = 0;
      for await (const piece of pieces) {
        try {
          if (progress.bytesDone - atCheckpoint >= checkpointBytes) {
            pool.pass('checkpoint', signal);
            takeCheckpoint(piece.offset);
            atCheckpoint = progress.bytesDone;
            onCheckpoint?.(piece.offset);
          }
          pool.pass('write', signal);
          progress.bytesWritten += write(piece);
        } finally {
          if (piece.kind === 'data') piece.lease.release();
        }
        progress.bytesDone += piece.length;
        onProgress?.(progress);
      }
      return progress;
    },
    holds: async (offset, bytes) =>
      dataset.head.subarray(offset, offset + bytes.length).equals(bytes),
    commit: async (signal) => {
      pool.pass('commit', signal);
      await pool.beforeCommit();
      const { source, identity, snapshot, base, description } = order;
      const record = {
        source,
        identity,
        snapshot,
        size: snapshot.size,
        base,
        description,
        scan: null,
      };
      const { name } = snapshot;
      dataset.snapshots.push({ name, kind: 'commit', record, data: Buffer.from(dataset.head) });
      pool.pass('committed', signal);
      return { name, record };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
