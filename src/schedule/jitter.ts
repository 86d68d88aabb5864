import { createHash } from 'node:crypto';

/** How much of a hash is used; a number takes no more without loss. */
const HASH_BYTES = 6;

/**
 * How long a run waits after it is due: less than `most` milliseconds, and always the same for the same job
 * and due time, so that a restart does not draw again.
 */
export function jitterOf(job: string, dueAt: number, most: number): number {
  const hash = createHash('sha256').update(`${job} ${dueAt}`).digest();
  const fraction = hash.readUIntBE(0, HASH_BYTES) / 256 ** HASH_BYTES;
  return Math.floor(fraction * most);
}
