/**
 * Numbers requests from 1, and knows below which of them all replies have arrived, and how long those are that arrived out
 * of order: the sink keeps them until then.
 */
export class Receipts {
  #next = 1;
  #floor = 1;
  readonly #open = new Set<number>();
  readonly #early = new Map<number, number>();
  #earlyBytes = 0;

  /** All replies to requests with lower numbers have arrived. */
  get receipt(): number {
    return this.#floor;
  }

  /** How many more may begin before the oldest is answered, if they may be so far `ahead` of it. */
  room(ahead: number): number {
    return this.#floor + ahead - this.#next;
  }

  /** Of the replies that have arrived before an older one, in bytes. */
  get earlyBytes(): number {
    return this.#earlyBytes;
  }

  begin(): number {
    const id = this.#next++;
    this.#open.add(id);
    return id;
  }

  /** The reply has arrived, so many bytes of it. */
  end(id: number, bytes: number): void {
    this.#open.delete(id);
    this.#early.set(id, bytes);
    this.#earlyBytes += bytes;
    while (this.#floor < this.#next && !this.#open.has(this.#floor)) {
      this.#earlyBytes -= this.#early.get(this.#floor) ?? 0;
      this.#early.delete(this.#floor++);
    }
  }
}
