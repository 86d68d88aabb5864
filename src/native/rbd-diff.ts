import { type Pointer } from './call.ts';
import { rbd } from './rbd-functions.ts';

export interface DiffRequest {
  /** Handle of an image that is open at the newer snapshot. */
  readonly image: Pointer;
  /** Name of the older snapshot; null for all that was ever written. */
  readonly from: string | null;
  /** Bytes; the diff always covers all of it. */
  readonly size: bigint;
  /** Whether to go by whole objects, with the help of the object map where there is one. */
  readonly wholeObject: boolean;
}

/** Told of a range; a negative errno ends the diff with that result. It must not throw. */
export type DiffCallback = (
  offset: number | bigint,
  length: number | bigint,
  exists: number,
) => number;

/**
 * Runs a diff on the calling thread, which it blocks. Ranges of striped images come in no order.
 * Returns 0 or a negative errno.
 */
export function diffIterate(request: DiffRequest, callback: DiffCallback): number {
  const { image, from, size, wholeObject } = request;
  const whole = wholeObject ? 1 : 0;
  return rbd().diffIterate(image, from, 0n, size, 1, whole, callback, null) as number;
}
