/** Keeps the last bytes of a stream of text. */
export interface Tail {
  readonly push: (chunk: Buffer) => void;
  text(): string;
  /** Whether something before what was kept is lost. */
  isCut(): boolean;
}

export function createTail(bytes: number): Tail {
  let kept = Buffer.alloc(0);
  let cut = false;
  return {
    push(chunk) {
      cut ||= kept.length + chunk.length > bytes;
      kept = Buffer.concat([kept, chunk]).subarray(-bytes);
    },
    text: () => kept.toString('utf8').trim(),
    isCut: () => cut,
  };
}
