/** Numbers requests from 1, and knows below which of them all replies have arrived. */
export class Receipts {
  #next = 1;
  #floor = 1;
  readonly #open = new Set<number>();

  /** All replies to requests with lower numbers have arrived. */
  get receipt(): number {
    return this.#floor;
  }

  /** How many more may begin before the oldest is answered, if they may be so far `ahead` of it. */
  room(ahead: number): number {
    return this.#floor + ahead - this.#next;
  }

  begin(): number {
    const id = this.#next++;
    this.#open.add(id);
    return id;
  }

  end(id: number): void {
    this.#open.delete(id);
    while (this.#floor < this.#next && !this.#open.has(this.#floor)) this.#floor++;
  }
}
