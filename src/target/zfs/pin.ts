import { zfs } from './command.ts';
import { ZfsError } from './errors.ts';

/** Tag of the hold that a pin is: `zfs holds` shows it, and nothing can destroy the snapshot. */
export const PIN_TAG = 'ceph2zfs:pin';

/** Keeps a snapshot (`DATASET@NAME`) from being removed, by retention or by anybody. Safe to repeat. */
export async function pinSnapshot(snapshot: string, signal: AbortSignal): Promise<void> {
  await unlessSaid(/tag already exists/, zfs(['hold', PIN_TAG, snapshot], signal));
}

/** Takes the pin away; holds of others stay. Safe to repeat. */
export async function unpinSnapshot(snapshot: string, signal: AbortSignal): Promise<void> {
  await unlessSaid(/no such tag/, zfs(['release', PIN_TAG, snapshot], signal));
}

async function unlessSaid(words: RegExp, command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!(error instanceof ZfsError) || !words.test(error.message)) throw error;
  }
}
