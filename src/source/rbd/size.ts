import { CephError } from '../ceph/errors.ts';

/** A size as a number of bytes, if a number can hold it exactly. */
export function toBytes(size: bigint, what: string): number {
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
  throw new CephError('image-too-large', `${what} has ${size} bytes, more than 8 PiB`);
}
