import type { VolumeOrder } from '../../core/volume.ts';
import { zfs } from './command.ts';
import { ZfsError } from './errors.ts';
import { listSnapshots } from './state.ts';

/** Where a transfer starts after the target was put back. */
export interface RewoundTo {
  /** Changes below this offset are there already; bytes. */
  readonly offset: number;
  /** The volume may hold anything and must be wiped before the first write. */
  readonly wipe: boolean;
}

/**
 * Puts the volume back to what it was when the transfer starts: at its checkpoint or its base. To
 * send the same changes again over what a cut-off transfer left is not enough: an object that was
 * made and removed in between is in neither list of changes, yet the volume may already hold it.
 */
export async function rewind(
  dataset: string,
  order: VolumeOrder,
  signal: AbortSignal,
): Promise<RewoundTo> {
  const start = order.checkpoint?.name ?? order.base;
  const snapshots = await listSnapshots(dataset, signal);
  const newer = start === null ? snapshots : newerThan(dataset, start, snapshots);
  // Nothing continues from a checkpoint that is newer than where this transfer starts.
  for (const { name } of newer.filter(({ isCheckpoint }) => isCheckpoint)) {
    await zfs(['destroy', `${dataset}@${name}`], signal);
  }
  if (start === null) return { offset: 0, wipe: true };
  const foreign = newer.filter(({ isCheckpoint }) => !isCheckpoint).map(({ name }) => name);
  if (foreign.length === 0) {
    await rollback(dataset, start, signal);
  } else {
    requireNoneNewer(dataset, start, foreign, await writtenSince(dataset, start, signal));
  }
  return { offset: order.checkpoint?.offset ?? 0, wipe: false };
}

/** No `-r`: this must fail when a newer snapshot exists after all. */
export async function rollback(dataset: string, start: string, signal: AbortSignal): Promise<void> {
  await zfs(['rollback', `${dataset}@${start}`], signal);
}

/** Those of a dataset's snapshots that were made after `start`; throws when there is no such one. */
export function newerThan<T extends { readonly name: string }>(
  dataset: string,
  start: string,
  snapshots: readonly T[],
): readonly T[] {
  const at = snapshots.findIndex(({ name }) => name === start);
  if (at >= 0) return snapshots.slice(at + 1);
  throw new ZfsError({
    code: 'target-changed',
    message: `the snapshot ${dataset}@${start}, which the transfer starts from, is gone`,
    retry: 'reconnect',
    hint: 'Run the job again: it plans anew from the snapshots that are left.',
  });
}

/** Bytes that were written since a snapshot. */
export async function writtenSince(
  dataset: string,
  start: string,
  signal: AbortSignal,
): Promise<number> {
  // What is written shows only when it is synced; setting a property waits for that.
  await zfs(['set', 'readonly=on', dataset], signal);
  const args = ['get', '-Hp', '-o', 'value', `written@${start}`, dataset];
  const written = Number(await zfs(args, signal));
  if (!Number.isSafeInteger(written)) throw new Error(`zfs ${args.join(' ')} gave no number`);
  return written;
}

/**
 * Snapshots that others made since (a `zfs-auto-snapshot`, say) stand in the way of a rollback. As
 * long as nothing was written since, none is needed; else a person has to decide.
 */
export function requireNoneNewer(
  dataset: string,
  start: string,
  newer: readonly string[],
  written: number,
): void {
  if (written === 0 || newer.length === 0) return;
  throw new ZfsError({
    code: 'target-changed',
    message:
      `${dataset} was changed after ${start} (${written} bytes written) and cannot be rolled back, ` +
      `because newer snapshots exist: ${newer.join(', ')}`,
    retry: 'never',
    hint: 'They hold a state that is no backup: destroy them, or keep them as a clone, and run the job again.',
  });
}
