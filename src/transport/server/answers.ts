import { sinkBusy } from '../errors.ts';

/** So many calls of a client may go on at once. */
const MAX_RUNNING = 64;

/** So many answers of a client are kept for a call that comes again. */
const MAX_KEPT = 256;

interface Made {
  readonly name: string;
  readonly answer: Promise<unknown>;
  readonly controller: AbortController;
}

/**
 * Makes each call once, however often it comes: a client that lost the connection before the answer came asks again, with
 * the same id.
 */
export class Answers {
  readonly #running = new Map<string, Made>();
  readonly #kept = new Map<string, Made>();
  #closed: Error | undefined;

  /** The answer to a call; `keep` keeps it for when the call comes again after it was answered. */
  async answer(
    id: string,
    name: string,
    keep: boolean,
    make: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown> {
    const known = this.#running.get(id) ?? this.#kept.get(id);
    if (known?.name === name) return known.answer;
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#running.size >= MAX_RUNNING) throw sinkBusy('calls at once');
    const controller = new AbortController();
    const made: Made = { name, answer: make(controller.signal), controller };
    this.#running.set(id, made);
    try {
      return await made.answer;
    } finally {
      this.#running.delete(id);
      if (keep) this.#keep(id, made);
    }
  }

  /** Stops a call that goes on. */
  cancel(id: string): void {
    this.#running.get(id)?.controller.abort(new Error('the client gave it up'));
  }

  /** Stops all, and waits for them; none is made any more. */
  async close(reason: Error): Promise<void> {
    this.#closed ??= reason;
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort(reason);
    await Promise.allSettled(running.map(({ answer }) => answer));
  }

  #keep(id: string, made: Made): void {
    this.#kept.set(id, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
