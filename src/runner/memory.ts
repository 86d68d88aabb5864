/** How many buffers each kind of work gets at most. */
export interface MemorySplit {
  /** Pieces between the source and the target: being read, waiting, or being written. */
  readonly copying: number;
  /** Of those, writes to the target in flight. */
  readonly writing: number;
  /** Reads of the target, to compare; 0 when that is done elsewhere. */
  readonly comparing: number;
}

/** Divides the job's bound on memory (bytes) into buffers; each kind of work that is done here gets at least one. */
export function splitMemory(
  memory: number,
  bufferBytes: number,
  comparesHere: boolean,
): MemorySplit {
  const buffers = Math.max(3, Math.floor(memory / bufferBytes));
  const comparing = comparesHere ? Math.max(1, Math.floor(buffers / 4)) : 0;
  const copying = buffers - comparing;
  return { copying, writing: Math.max(1, Math.floor(copying / 3)), comparing };
}
