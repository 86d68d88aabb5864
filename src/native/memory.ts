import koffi from 'koffi';

/** Size of a memory page in bytes, and the alignment that O_DIRECT wants. */
const PAGE_BYTES = 4096;

/**
 * A zeroed buffer whose first byte is at a page boundary, for O_DIRECT and for C functions. It lives
 * as long as the returned object does, and never moves.
 */
export function allocateAligned(bytes: number): Buffer {
  const memory = Buffer.from(new ArrayBuffer(bytes + PAGE_BYTES));
  const beyond = Number(koffi.address(memory) % BigInt(PAGE_BYTES));
  const start = beyond === 0 ? 0 : PAGE_BYTES - beyond;
  return memory.subarray(start, start + bytes);
}
