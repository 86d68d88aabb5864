import type { Pace } from '../lib/pace.ts';

/** The chunks of a stream, at a pace: the next one is not asked for before this one may go. */
export async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    await pace(chunk.length, signal);
    yield chunk;
  }
}
