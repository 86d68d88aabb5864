import type { Readable } from 'node:stream';
import { TransportError } from './errors.ts';

/**
 * The chunks of a stream. It is destroyed, and a TransportError thrown, when none comes for so many milliseconds; the
 * time in which nobody asks for one does not count.
 */
export async function* untilSilent(stream: Readable, ms: number): AsyncGenerator<Uint8Array> {
  let isWaiting = true;
  const timer = setTimeout(() => {
    if (isWaiting) stream.destroy(silence(ms));
    else timer.refresh();
  }, ms);
  timer.unref();
  try {
    // Whoever stops reading may still have something to say on the connection.
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      isWaiting = false;
      yield chunk as Uint8Array;
      isWaiting = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
}

function silence(ms: number): TransportError {
  return new TransportError({
    code: 'sink-unreachable',
    message: `the other side has said nothing for ${ms / 1000} s`,
    retry: 'backoff',
  });
}
