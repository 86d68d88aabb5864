/** A quotient of two sums in which what is older counts for less, as bytes and the time that they took. */
export class RecentQuotient {
  readonly #memory: number;
  #dividend = 0;
  #divisor = 0;

  /** `memory`: once the divisor has grown by so much, what was before counts for a third. */
  constructor(memory: number) {
    this.#memory = memory;
  }

  /** Adds to both sums. Neither is negative. */
  add(dividend: number, divisor: number): void {
    const kept = Math.exp(-divisor / this.#memory);
    this.#dividend = this.#dividend * kept + dividend;
    this.#divisor = this.#divisor * kept + divisor;
  }

  /** How much there is to divide by: at most as much as the memory. */
  get divisor(): number {
    return this.#divisor;
  }

  /** Null while there is nothing to divide by. */
  get value(): number | null {
    return this.#divisor === 0 ? null : this.#dividend / this.#divisor;
  }
}
