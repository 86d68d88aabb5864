import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Control, NumberedEvent } from './control.ts';

/** Events that are kept for those who come back after a break. */
const KEPT = 1000;

/** Events that may wait for a reader; one who is slower than that is sent away, and comes back. */
const MOST_WAITING = 10_000;

/** So that a connection that is dead is noticed, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** The newest events, and those to come. */
export interface EventLog extends Disposable {
  /** Those after number `seq` that are known; null when some of them are not any more. */
  since(seq: number): readonly NumberedEvent[] | null;
  subscribe(listener: (event: NumberedEvent) => void): Disposable;
}

export function createEventLog(control: Control): EventLog {
  let kept: NumberedEvent[] = [];
  const subscription = control.subscribe((event) => {
    kept.push(event);
    if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT);
  });
  return {
    since(seq) {
      const first = kept[0]?.seq ?? control.status().seq + 1;
      if (seq < first - 1 || seq > control.status().seq) return null;
      return kept.filter((event) => event.seq > seq);
    },
    subscribe: (listener) => control.subscribe(listener),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

/** Answers with all events from now on, or since number `last`. */
export function eventStream(context: Context, log: EventLog, last: number | undefined): Response {
  return streamSSE(context, async (stream) => {
    const waiting: NumberedEvent[] = [];
    let wake = (): void => undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      wake();
    };
    // Before the old ones are looked up, so that none is lost in between.
    using _subscription = log.subscribe((event) => {
      waiting.push(event);
      if (waiting.length > MOST_WAITING) end();
      wake();
    });
    stream.onAbort(end);
    const old = last === undefined ? [] : log.since(last);
    if (old === null) await stream.writeSSE({ event: 'reset', data: '{}' });
    let told = last ?? 0;
    waiting.unshift(...(old ?? []));
    while (!isOver) {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        if (old !== null && event.seq <= told) continue;
        told = event.seq;
        await stream.writeSSE({
          id: String(event.seq),
          event: event.type,
          data: JSON.stringify(event),
        });
      }
      if (isOver) return;
      const timer = setTimeout(() => wake(), HEARTBEAT_MS);
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await woken;
      clearTimeout(timer);
      if (waiting.length === 0 && !isOver) await stream.write(': still here\n\n');
    }
  });
}
