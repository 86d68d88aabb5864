import type { Writable } from 'node:stream';
import type { BusyRate } from '../../lib/busy-rate.ts';

/** Tells a meter how fast a stream empties, whenever it was given more than the system takes at once. */
export interface Backlog {
  /** To be called when something was written. */
  look(): void;
  /** Nothing more is written, or what was is lost. */
  close(): void;
}

export function watchBacklog(stream: Writable, meter: BusyRate): Backlog {
  let waiting = 0;
  let isClosed = false;

  function finish(bytes: number): void {
    if (waiting > 0) meter.end(bytes);
    waiting = 0;
  }

  stream.on('drain', () => finish(waiting));
  return {
    look() {
      if (waiting > 0 || isClosed || !stream.writableNeedDrain) return;
      waiting = stream.writableLength;
      if (waiting > 0) meter.begin();
    },
    close() {
      finish(0);
      isClosed = true;
    },
  };
}
