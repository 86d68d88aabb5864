/** Below this a copy is quicker than moving the memory. */
const LEAST_BYTES = 16 * 1024;

/** The memory of large byte arrays in a value, which can be moved to another thread if nothing else lies in it. */
export function memoryIn(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array) {
    const isAlone = value.byteLength === value.buffer.byteLength;
    const isLarge = value.byteLength >= LEAST_BYTES;
    return isAlone && isLarge ? [value.buffer as ArrayBuffer] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(memoryIn);
}

/** A Buffer again of one that came from another thread, where it is only a Uint8Array. */
export function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
