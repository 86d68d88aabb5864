import type { TreeOrder, TreeTarget, TreeWriter } from '../../../core/tree.ts';
import type { BufferPool } from '../../../lib/buffer-pool.ts';
import { claim, dropClaim } from '../claim.ts';
import { setProperties, takeSnapshot } from '../command.ts';
import { commitProperties } from '../record.ts';
import { removalOf } from '../removal.ts';
import { protect, requireFilesystem } from './filesystem.ts';
import { type MountWay, mountPrivately, type PrivateMount } from './mount.ts';
import { rewindTree } from './rewind-tree.ts';
import { createTreeWriter, type Mounted } from './writer.ts';

export interface TreeOptions {
  /** Buffers for reading large files, to compare. */
  readonly pool: BufferPool;
  /** Threads that make the system calls, for each transfer. */
  readonly threads: number;
  readonly mountWay?: MountWay;
}

/** A filesystem that holds the backups of one directory tree. */
export function createTreeTarget(dataset: string, options: TreeOptions): TreeTarget {
  const { pool, threads, mountWay } = options;

  async function begin(order: TreeOrder, signal: AbortSignal): Promise<TreeWriter> {
    const recordSize = await requireFilesystem(dataset, signal);
    const isUntouched = await rewindTree(dataset, order, signal);
    const mounted = await mountForWriting(recordSize, signal);
    const writer = createTreeWriter({ order, mounted, isUntouched, pool, threads });
    try {
      // What a first transfer left that nothing continues from. Nobody else's: the dataset was made for this.
      if (order.base === null && !order.resume) await writer.empty(signal);
      return writer;
    } catch (error) {
      await closeQuietly(writer);
      throw error;
    }
  }

  async function mountForWriting(recordSize: number, signal: AbortSignal): Promise<Mounted> {
    let mount: PrivateMount | undefined;
    try {
      await setProperties(dataset, { readonly: 'off' }, signal);
      mount = await mountPrivately(dataset, signal, mountWay);
    } catch (error) {
      await protect(dataset).catch(() => undefined);
      throw error;
    }
    const { root } = mount;
    return {
      dataset,
      root,
      recordSize,
      rest: () => {
        mount.close();
        return protect(dataset);
      },
      takeSnapshot: (record, signal) =>
        takeSnapshot(dataset, record.snapshot.name, commitProperties(record), signal),
    };
  }

  async function closeQuietly(writer: TreeWriter): Promise<void> {
    try {
      await writer[Symbol.asyncDispose]();
    } catch {
      // What made it fail before is what is told.
    }
  }

  return {
    dataset,
    begin,
    claim: (name, signal) => claim(dataset, name, signal),
    settle: (signal) => dropClaim(dataset, signal),
    ...removalOf(dataset),
  };
}
