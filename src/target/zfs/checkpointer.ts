import { takeSnapshot, zfs } from './command.ts';
import { CHECKPOINT_PREFIX, checkpointProperties } from './record.ts';
import { listSnapshots } from './state.ts';
import type { ZvolWriterOptions } from './zvol-writer.ts';

/** Decides when a transfer should rest, and makes the snapshot that it can continue from. */
export interface Checkpointer {
  /** `offset`: where the next piece starts; `bytesTaken`: what was handed over so far. */
  isDue(offset: number, bytesTaken: number): boolean;
  /** Everything below `offset` must be written; it is flushed here. */
  take(offset: number, bytesTaken: number, signal: AbortSignal): Promise<void>;
}

export function createCheckpointer(options: ZvolWriterOptions): Checkpointer {
  const { dataset, order, device, checkpoint } = options;
  let lastAt = Date.now();
  let lastBytes = 0;

  async function take(offset: number, bytesTaken: number, signal: AbortSignal): Promise<void> {
    await device.sync();
    const older = await listSnapshots(dataset, signal);
    const name = `${CHECKPOINT_PREFIX}${Date.now()}`;
    await takeSnapshot(
      dataset,
      name,
      checkpointProperties(order, order.snapshot.size, offset),
      signal,
    );
    for (const old of older) {
      if (old.isCheckpoint) await zfs(['destroy', `${dataset}@${old.name}`], signal);
    }
    lastAt = Date.now();
    lastBytes = bytesTaken;
  }

  return {
    isDue: (offset, bytesTaken) =>
      offset > options.from.offset &&
      bytesTaken > lastBytes &&
      (Date.now() - lastAt >= checkpoint.everyMs ||
        bytesTaken - lastBytes >= checkpoint.everyBytes),
    take,
  };
}
