/** Rejects at once when the signal aborts, though the work goes on; see {@link Operations}. */
export function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Calls into Ceph's libraries that were begun. A C function cannot be stopped: who gives up waiting leaves it
 * running, and what it uses must stay open until it returns.
 */
export class Operations {
  readonly #running = new Set<Promise<unknown>>();

  /** Begins the work, and waits for it no longer than the signal allows. */
  run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const running = work();
    this.track(running);
    return abortable(running, signal);
  }

  /** Counts work that was begun elsewhere. */
  track(running: Promise<unknown>): void {
    this.#running.add(running);
    const settled = () => this.#running.delete(running);
    running.then(settled, settled);
  }

  /** Counts something that is open, until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.track(promise);
    return resolve;
  }

  /** Waits until nothing runs any more. False when something still does after `timeoutMs`. */
  async settle(timeoutMs: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    const all = this.#settleAll().then(() => true);
    if (timeoutMs === Number.POSITIVE_INFINITY) return all;
    return within(all, timeoutMs, false);
  }

  async #settleAll(): Promise<void> {
    // What ends may begin something else, such as closing what it has opened for nobody.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}

/** The result of the work, or `otherwise` when it takes longer than `timeoutMs`. */
export async function within<Result, Otherwise>(
  work: Promise<Result>,
  timeoutMs: number,
  otherwise: Otherwise,
): Promise<Result | Otherwise> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Otherwise>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, otherwise);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
