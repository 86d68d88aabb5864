import type { Readable } from 'node:stream';
import { TransportError } from './errors.ts';

/**
 * The chunks of a stream. Throws a TransportError when none comes for so many milliseconds; the time in which nobody
 * asks for one does not count. The stream is not destroyed: there may be something to say on the same connection.
 */
export async function* untilSilent(stream: Readable, ms: number): AsyncGenerator<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false });
  let giveUp: ((error: Error) => void) | undefined;
  const timer = setTimeout(() => {
    if (giveUp === undefined) timer.refresh();
    else giveUp(silence(ms));
  }, ms);
  timer.unref();
  const nextChunk = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      chunks.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const next = await nextChunk();
      giveUp = undefined;
      if (next.done === true) return;
      timer.refresh();
      yield next.value;
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
