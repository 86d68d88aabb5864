import { RecentQuotient } from './recent-quotient.ts';

export interface BusyRateOptions {
  /** The time in milliseconds. */
  readonly clock: () => number;
  /** What is done in the first so many milliseconds of each busy time says nothing of the rate. */
  readonly settleMs: number;
  /** There is no rate before so much time was measured, in milliseconds. */
  readonly leastMs: number;
  /** After so much busy time what was before counts for a third, in milliseconds. */
  readonly memoryMs: number;
}

/**
 * How fast something takes bytes when it has enough of them: bytes are counted over the time in which at least one lot
 * of them is being dealt with. In the rest of the time it is idle, and what it could do does not show.
 */
export class BusyRate {
  readonly #options: BusyRateOptions;
  #quotient: RecentQuotient;
  readonly #startedAt: number;
  #running = 0;
  #busySince = 0;
  /** Of the busy times that are over. */
  #busyMs = 0;
  #countedTo: number;
  #measuredMs = 0;

  constructor(options: BusyRateOptions) {
    this.#options = options;
    this.#quotient = new RecentQuotient(options.memoryMs);
    this.#startedAt = options.clock();
    this.#countedTo = this.#startedAt;
  }

  /** A lot begins. */
  begin(): void {
    if (this.#running++ === 0) this.#busySince = this.#options.clock();
  }

  /** A lot of so many bytes is done. */
  end(bytes: number): void {
    const now = this.#options.clock();
    const from = Math.max(this.#countedTo, this.#busySince + this.#options.settleMs);
    if (now >= from) {
      this.#quotient.add(bytes, now - from);
      this.#measuredMs += now - from;
      this.#countedTo = now;
    }
    if (--this.#running === 0) this.#busyMs += now - this.#busySince;
  }

  /** Bytes a second, or null while there is too little to tell. */
  get rate(): number | null {
    const { value, divisor } = this.#quotient;
    return value === null || divisor < this.#options.leastMs ? null : value * 1000;
  }

  /** What was measured so far no longer counts. */
  forget(): void {
    this.#quotient = new RecentQuotient(this.#options.memoryMs);
  }

  /** For how long the rate was measured so far, in milliseconds. */
  get measuredMs(): number {
    return this.#measuredMs;
  }

  /** For how long it was idle so far, in milliseconds. */
  get idleMs(): number {
    const now = this.#options.clock();
    const busyMs = this.#busyMs + (this.#running === 0 ? 0 : now - this.#busySince);
    return now - this.#startedAt - busyMs;
  }
}
