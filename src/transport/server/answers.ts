import { reportError } from '../../core/errors.ts';
import { sinkBusy } from '../errors.ts';

/** So many calls of a client may go on at once. */
const MAX_RUNNING = 64;

/** So many answers of a client are kept for a call that comes again, with so many characters in all. */
const MAX_KEPT = 256;
const MAX_KEPT_CHARS = 2 * 1024 * 1024;

/** A call that came. */
export interface Call {
  readonly id: string;
  readonly name: string;
  /** Whether the answer is kept for when the call comes again after it was answered. */
  readonly keep: boolean;
  /** The process of the client that makes it; null when it does not say. */
  readonly instance: string | null;
}

interface Made {
  readonly name: string;
  readonly instance: string | null;
  readonly answer: Promise<string>;
  readonly controller: AbortController;
}

interface Kept {
  readonly name: string;
  readonly text: string;
}

/**
 * Makes each call once, however often it comes: a client that lost the connection before the answer came asks again, with
 * the same id.
 */
export class Answers {
  readonly #running = new Map<string, Made>();
  readonly #kept = new Map<string, Kept>();
  #chars = 0;
  #closed: Error | undefined;

  /**
   * The answer to a call, or its error, as JSON. Throws a TransportError when too many calls go on.
   */
  async answer(
    { id, name, keep, instance }: Call,
    make: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<string> {
    const running = this.#running.get(id);
    if (running?.name === name) return running.answer;
    const kept = this.#kept.get(id);
    if (kept?.name === name) return kept.text;
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#running.size >= MAX_RUNNING) throw sinkBusy('calls at once');
    const controller = new AbortController();
    const made: Made = { name, instance, answer: asJson(make(controller.signal)), controller };
    this.#running.set(id, made);
    const text = await made.answer;
    this.#running.delete(id);
    if (keep) this.#keep(id, { name, text });
    return text;
  }

  /** Stops a call that goes on. */
  cancel(id: string): void {
    this.#running.get(id)?.controller.abort(new Error('the client gave it up'));
  }

  /** Waits for what a process of the client has called, and nobody waits for any more. */
  async ended(instance: string): Promise<void> {
    const left = [...this.#running.values()].filter((made) => made.instance === instance);
    await Promise.all(left.map(({ answer }) => answer));
  }

  /** Stops all, and waits for them; none is made any more. */
  async close(reason: Error): Promise<void> {
    this.#closed ??= reason;
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort(reason);
    await Promise.allSettled(running.map(({ answer }) => answer));
  }

  #keep(id: string, kept: Kept): void {
    this.#forget(id);
    this.#kept.set(id, kept);
    this.#chars += kept.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT && this.#chars <= MAX_KEPT_CHARS) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#chars -= this.#kept.get(id)?.text.length ?? 0;
    this.#kept.delete(id);
  }
}

async function asJson(made: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify({ answer: await made });
  } catch (error) {
    return JSON.stringify({ error: reportError(error) });
  }
}
