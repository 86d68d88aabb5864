import { trimHeap } from '../../native/heap.ts';

/**
 * Often enough that not much comes together: about a MiB a second while a large directory is listed. What is given back
 * too soon costs little to take again.
 */
const EVERY_MS = 10_000;

/**
 * Trims the heap again and again, until it is closed. Ceph's client frees the entries that it drops one here and one
 * there, between others that stay: without this a directory of a million holds 70 MiB that nobody uses.
 */
export function keepTrimmed(
  everyMs: number = EVERY_MS,
  trim: () => Promise<void> = trimHeap,
): AsyncDisposable {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= trim().finally(() => {
      running = undefined;
    });
  }, everyMs);
  // It is no reason to go on.
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
