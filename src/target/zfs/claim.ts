import { setProperties, zfs } from './command.ts';
import { CLAIM_PROPERTY } from './record.ts';

/** Writes down the name of a source snapshot that is about to be made. */
export async function claim(dataset: string, name: string, signal: AbortSignal): Promise<void> {
  await setProperties(dataset, { [CLAIM_PROPERTY]: name }, signal);
}

/** Safe to repeat. */
export async function dropClaim(dataset: string, signal: AbortSignal): Promise<void> {
  await zfs(['inherit', CLAIM_PROPERTY, dataset], signal);
}
