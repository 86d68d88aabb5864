import { RecentQuotient } from '../../lib/recent-quotient.ts';

/** In the beginning TCP is slow, whatever the way is like: so many bytes of a connection say nothing of its rate. */
const SETTLE_BYTES = 4 * 1024 * 1024;

/** After so much time in which bytes were under way, what was before counts for a third, in milliseconds. */
const MEMORY_MS = 1000;

/**
 * It is not known whether a slow connection still is one before something is sent on it. It is taken for twice as fast after each
 * so much time, in milliseconds, in which nothing was, and at least so many times that which the next thing would take: to find out
 * must not cost more than there is to gain.
 */
const DOUBLE_MS = 1000;
const DOUBLE_TIMES = 8;

/** What is under way on one connection, and how fast it gets there. */
export class Lane {
  readonly #clock: () => number;
  readonly #quotient = new RecentQuotient(MEMORY_MS);
  /** All that was ever sent, and of that what has arrived; bytes. */
  #sent = 0;
  #arrived = 0;
  /** Since when what arrives next is under way. */
  #since = 0;

  /** `clock`: the time in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get underWay(): number {
    return this.#sent - this.#arrived;
  }

  /** So many bytes are sent. Gives the mark by which it is told later that they have arrived. */
  send(bytes: number): number {
    if (this.underWay === 0) this.#since = this.#clock();
    this.#sent += bytes;
    return this.#sent;
  }

  /** All up to a mark has arrived: just now, or some time ago. */
  arrive(mark: number, when: 'now' | 'before'): void {
    if (mark <= this.#arrived) return;
    const now = this.#clock();
    const isTold = when === 'now' && this.#arrived >= SETTLE_BYTES;
    if (isTold) this.#quotient.add(mark - this.#arrived, now - this.#since);
    this.#arrived = mark;
    this.#since = now;
  }

  /** Bytes a millisecond, as they last arrived; null when that is not known. */
  get rate(): number | null {
    return this.#quotient.value;
  }

  /** For how long nothing has been under way. */
  get idleMs(): number {
    return this.underWay > 0 ? 0 : this.#clock() - this.#since;
  }
}

/**
 * The connection on which so many bytes more would have arrived first; one whose rate is not known is taken for as fast as
 * the fastest. What a sink takes in one order only waits for the slowest: a connection that is slow, and gets as much as the
 * others, would keep all of them waiting.
 */
export function soonest<Key>(
  lanes: Iterable<readonly [Key, Lane]>,
  bytes: number,
): Key | undefined {
  const all = [...lanes];
  const fastest = Math.max(0, ...all.map(([, { rate }]) => rate ?? 0)) || 1;
  let best: { readonly key: Key; readonly ms: number } | undefined;
  for (const [key, lane] of all) {
    const measured = lane.rate ?? fastest;
    const doubleMs = Math.max(DOUBLE_MS, (DOUBLE_TIMES * bytes) / measured);
    const rate = Math.min(measured * 2 ** (lane.idleMs / doubleMs), fastest);
    const ms = (lane.underWay + bytes) / rate;
    if (best === undefined || ms < best.ms) best = { key, ms };
  }
  return best?.key;
}
