/** Keeps the last bytes of a stream of text. */
export interface Tail {
  readonly push: (chunk: Buffer) => void;
  text(): string;
}

export function createTail(bytes: number): Tail {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-bytes);
    },
    text: () => kept.toString('utf8').trim(),
  };
}
