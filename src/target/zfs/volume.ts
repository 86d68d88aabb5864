import type { VolumeOrder, VolumeTarget, VolumeWriter } from '../../core/volume.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import { claim, dropClaim } from './claim.ts';
import { setProperties, zfs } from './command.ts';
import { openZvol } from './device.ts';
import { removalOf } from './removal.ts';
import { rewind } from './rewind.ts';
import { listSnapshots } from './state.ts';
import { hide, resize } from './zvol.ts';
import { type CheckpointPolicy, createZvolWriter } from './zvol-writer.ts';

export interface ZvolOptions {
  readonly checkpoint: CheckpointPolicy;
  /** Buffers for reading the volume, to compare. */
  readonly pool: BufferPool;
  /** Writes in flight. */
  readonly parallel: number;
}

/** A zvol that holds the backups of one image. */
export function createZvolTarget(dataset: string, options: ZvolOptions): VolumeTarget {
  async function begin(order: VolumeOrder, signal: AbortSignal): Promise<VolumeWriter> {
    const from = await rewind(dataset, order, signal);
    const { blockSize, size } = await resize(dataset, order.snapshot.size, signal);
    try {
      await setProperties(dataset, { readonly: 'off', volmode: 'dev' }, signal);
      const device = await openZvol(dataset, size, signal);
      return await createZvolWriter({ ...options, dataset, order, device, blockSize, size, from });
    } catch (error) {
      await hide(dataset).catch(() => undefined);
      throw error;
    }
  }

  async function settle(signal: AbortSignal): Promise<void> {
    for (const { name, isCheckpoint } of await listSnapshots(dataset, signal)) {
      if (isCheckpoint) await zfs(['destroy', `${dataset}@${name}`], signal);
    }
    await dropClaim(dataset, signal);
  }

  return {
    dataset,
    claim: (name, signal) => claim(dataset, name, signal),
    begin,
    settle,
    ...removalOf(dataset),
  };
}
