/** What a transfer can wait for: that its client asks for something, that data arrives, or that the target has done its work. */
export type WaitsFor = 'source' | 'network' | 'target';

/** Milliseconds by what they were waited for. */
export type WaitedMs = Readonly<Record<WaitsFor, number>>;

/** What keeps a transfer busy, whatever else does; the first that there is decides what it waits for. */
const BUSY = [
  /** Data is there, and no buffer for it: the target has them all. */
  ['blocked', 'target'],
  /** A body is coming in. */
  ['arriving', 'network'],
  /** Requests are worked at. */
  ['working', 'target'],
] as const;

export type Busy = (typeof BUSY)[number][0];

/** What is counted of all transfers of a client together, also of those that are over. */
export interface Totals {
  bytesReceived: number;
}

/** What comes in for one transfer, and what it waits for. Only counts, so that it costs nothing beside the transfer. */
export class Traffic {
  readonly since: number;
  /** From where its requests came last; null before the first of them. */
  address: string | null = null;
  bytesReceived = 0;
  readonly #totals: Totals;
  readonly #now: () => number;
  readonly #counts: Record<Busy, number> = { blocked: 0, arriving: 0, working: 0 };
  readonly #waited: Record<WaitsFor, number> = { source: 0, network: 0, target: 0 };
  #waitsFor: WaitsFor = 'source';
  #changedAt: number;

  /** `now` counts milliseconds from any moment, and never backwards. */
  constructor(totals: Totals, now: () => number = () => performance.now()) {
    this.since = Date.now();
    this.#totals = totals;
    this.#now = now;
    this.#changedAt = now();
  }

  /** Requests that are worked at or wait for that. */
  get requests(): number {
    return this.#counts.working;
  }

  receive(bytes: number): void {
    this.bytesReceived += bytes;
    this.#totals.bytesReceived += bytes;
  }

  /** From now until what it returns is called, once, this goes on. */
  begin(what: Busy): () => void {
    this.#change(what, 1);
    return () => this.#change(what, -1);
  }

  /** The time so far, by what it was waited for in it. */
  waited(): WaitedMs {
    const waited = { ...this.#waited };
    waited[this.#waitsFor] += this.#now() - this.#changedAt;
    return waited;
  }

  #change(what: Busy, by: 1 | -1): void {
    const now = this.#now();
    this.#waited[this.#waitsFor] += now - this.#changedAt;
    this.#changedAt = now;
    this.#counts[what] += by;
    this.#waitsFor = BUSY.find(([busy]) => this.#counts[busy] > 0)?.[1] ?? 'source';
  }
}
