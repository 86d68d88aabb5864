import { ErrnoError, errno } from './errno.ts';

/** Splits a list of NUL-terminated strings; the empty string that ends some lists is dropped. */
export function splitNuls(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\0')
    .filter((part) => part !== '');
}

/** The string in a buffer up to its first NUL. */
export function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** An in and out parameter `size_t *`. */
export function sizeRef(value: number): BigUint64Array {
  return new BigUint64Array([BigInt(value)]);
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * Calls a function that answers -ERANGE when its output does not fit, with twice as much room each
 * time. `attempt` returns the function's result, negative errno included.
 */
export async function growing(
  call: string,
  room: number,
  attempt: (room: number) => Promise<number>,
): Promise<number> {
  for (let size = room; ; size *= 2) {
    const result = await attempt(size);
    if (result >= 0) return result;
    if (-result !== errno('ERANGE') || size > MAX_ANSWER_BYTES) throw new ErrnoError(call, -result);
  }
}
