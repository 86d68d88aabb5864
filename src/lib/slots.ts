/** A number of places for work that runs at the same time, shared by many holders. */
export interface Slots {
  /** A free place at once, or null. */
  tryTake(): (() => void) | null;
  /** Waits for a place, in order. Call what it resolves to when the work is over. */
  take(): Promise<() => void>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: ((leave: () => void) => void)[] = [];

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next(leave);
  }

  function tryTake(): (() => void) | null {
    if (free === 0) return null;
    free--;
    return leave;
  }

  return {
    tryTake,
    take: async () => tryTake() ?? new Promise((resolve) => waiting.push(resolve)),
  };
}

/**
 * Work that one caller has running beside itself. The first failure wins: it is thrown by the next call, and
 * later ones are only waited for. A caller always ends with {@link Group.done}, also after a failure.
 */
export class Group {
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Waits for a place, then starts the work. For work that itself needs none of these places. */
  async queue(slots: Slots, work: () => Promise<void>): Promise<void> {
    this.#throwFailure();
    const leave = await slots.take();
    try {
      // The place may be free because of a failure.
      this.#throwFailure();
    } catch (error) {
      leave();
      throw error;
    }
    this.#start(work, leave);
  }

  /**
   * Starts the work if there is a place, else does it at once and waits: so work may branch into further work of
   * its own kind to any depth, and never waits for a place that only its own end could free.
   */
  async branch(slots: Slots, work: () => Promise<void>): Promise<void> {
    this.#throwFailure();
    const leave = slots.tryTake();
    if (leave === null) await work();
    else this.#start(work, leave);
  }

  /** Waits for all that was started. */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#throwFailure();
  }

  #start(work: () => Promise<void>, leave: () => void): void {
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        leave();
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
