/** How many buffers each kind of work gets at most. */
export interface MemorySplit {
  /** Reads from the source in flight. */
  readonly reading: number;
  /** Writes to the target in flight. */
  readonly writing: number;
  /** Reads of the target, to compare. */
  readonly comparing: number;
}

/** Divides the job's bound on memory (bytes) into buffers; each kind gets at least one. */
export function splitMemory(memory: number, bufferBytes: number): MemorySplit {
  const buffers = Math.max(3, Math.floor(memory / bufferBytes));
  const comparing = Math.max(1, Math.floor(buffers / 4));
  const writing = Math.max(1, Math.floor((buffers - comparing) / 3));
  return { reading: buffers - comparing - writing, writing, comparing };
}
