import type { Operations } from '../ceph/operations.ts';

/** How long closing waits for calls that nobody waits for any more, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Waits until no call runs any more. False when some still do, because an MDS or an OSD does not answer:
 * then what they use must stay until the process's end. To give up the sessions (ceph_abort_conn) would
 * make them return, but crashes in libcephfs 16.2.
 */
export function settleCalls(operations: Operations): Promise<boolean> {
  return operations.settle(CLOSE_TIMEOUT_MS);
}

/** Closes, when it is open, what nobody waits for: not for its opening any more, nor for its closing. */
export async function closeLate(opening: Promise<AsyncDisposable>): Promise<void> {
  try {
    await using _ = await opening;
  } catch {
    // Nobody waits for it, so nobody wants to know.
  }
}
