import koffi from 'koffi';
import { ErrnoError, errno } from './errno.ts';

/** What a function of libc returned, or `-errno` when it failed: as the kernel itself says it. */
export function outcome(returned: number): number {
  return returned < 0 ? -koffi.errno() : returned;
}

/**
 * Makes strings as C takes them, always in the same memory: good for the next call of a function and no
 * longer. Bytes that C would end the string at are refused.
 */
export class CStringSlot {
  #memory = Buffer.alloc(512);

  of(bytes: Buffer): Buffer {
    if (bytes.includes(0)) throw new ErrnoError('a name with a NUL byte', errno('EINVAL'));
    if (bytes.length >= this.#memory.length) this.#memory = Buffer.alloc(bytes.length * 2);
    bytes.copy(this.#memory);
    this.#memory[bytes.length] = 0;
    return this.#memory;
  }
}

/** A string as C takes it, for good. */
export function cBytes(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
