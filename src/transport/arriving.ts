import { finished, type Readable } from 'node:stream';
import type { Pace } from '../lib/pace.ts';
import { TransportError } from './errors.ts';

/** What came on a connection since somebody last looked, in the pieces in which it came; never empty. */
export type Arrived = readonly Buffer[];

/** Bytes that are held for somebody to look at; the network waits when there are more. */
const HELD_BYTES = 128 * 1024;

/** So often it is looked, in the time of which one is silence, whether anything came: to set a timer for each wait is dear. */
const LOOKS = 4;

/**
 * What arrives on a stream. TLS gives 16 KiB at a time, and to wait for each of these would take more time than all that
 * is done with them: so they are gathered as long as the event loop has some. Throws a TransportError when nothing comes
 * for so many milliseconds, or a quarter more; the time in which nobody asks does not count. The stream is not destroyed: there may be
 * something to say on the same connection.
 */
export async function* arriving(stream: Readable, silentMs: number): AsyncGenerator<Arrived> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isAtEnd = false;
  let failure: unknown;
  let waiting: PromiseWithResolvers<void> | undefined;
  let isTold = false;
  let quietLooks = 0;

  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    setImmediate(() => {
      isTold = false;
      waiting?.resolve();
    });
  };
  const gather = (chunk: Buffer): void => {
    held.push(chunk);
    heldBytes += chunk.length;
    quietLooks = 0;
    if (heldBytes >= HELD_BYTES) stream.pause();
    tell();
  };
  const forget = finished(stream, { writable: false }, (error) => {
    isAtEnd = true;
    failure = error ?? undefined;
    tell();
  });
  const timer = setInterval(() => {
    if (waiting === undefined) quietLooks = 0;
    else if (quietLooks++ === LOOKS) waiting.reject(silence(silentMs));
  }, silentMs / LOOKS);
  timer.unref();

  try {
    stream.on('data', gather);
    for (;;) {
      if (held.length > 0) {
        const arrived = held;
        [held, heldBytes] = [[], 0];
        yield arrived;
        stream.resume();
      } else if (isAtEnd) {
        if (failure !== undefined) throw failure;
        return;
      } else {
        waiting = Promise.withResolvers();
        await waiting.promise;
        waiting = undefined;
      }
    }
  } finally {
    clearInterval(timer);
    forget();
    stream.off('data', gather);
    stream.pause();
  }
}

/** The same at a pace: the next bytes are not asked for before these may go. */
export async function* paced(
  arrivals: AsyncIterable<Arrived>,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<Arrived> {
  for await (const arrived of arrivals) {
    await pace(bytesOf(arrived), signal);
    yield arrived;
  }
}

export function bytesOf(arrived: Arrived): number {
  return arrived.reduce((sum, { length }) => sum + length, 0);
}

function silence(ms: number): TransportError {
  return new TransportError({
    code: 'sink-unreachable',
    message: `the other side has said nothing for ${ms / 1000} s`,
    retry: 'backoff',
  });
}
