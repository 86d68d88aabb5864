import { reportError } from '../../core/errors.ts';
import { invalidMessage, sinkBusy, TransportError } from '../errors.ts';
import { FRAME, type FrameToSend } from '../protocol/frame.ts';
import { MAX_AHEAD, MAX_REPLIES_BYTES } from '../protocol/limits.ts';
import type { Frame } from '../protocol/read-frames.ts';
import { replyBytesOf } from './reply-bytes.ts';

/** What a request asks for. Whoever performs it gives `place` back. */
export interface Incoming {
  readonly head: unknown;
  readonly body: Buffer;
  readonly place: Frame['place'];
}

export interface Reply {
  readonly head?: unknown;
  readonly body?: Uint8Array;
}

export interface Tools {
  readonly signal: AbortSignal;
  /** Tells the client that it still goes on. */
  readonly note: () => void;
}

export type Perform = (request: Incoming, tools: Tools) => Promise<Reply>;

/** Sends a frame to whoever waits for it; does nothing when the connection is gone. */
export type Send = (frame: FrameToSend) => void;

interface Task {
  readonly controller: AbortController;
  readonly done: Promise<FrameToSend>;
  /** It was sent to whoever asked last. */
  readonly answered: Promise<void>;
  /** Of its reply: at most, while it goes on. */
  bytes: number;
  isDone: boolean;
  send: Send;
}

/**
 * Does what the requests of a transfer ask for, each once, over however many connections they come, and however often.
 * A reply is kept until the client has said that it arrived; all of them together are bounded.
 */
export class Desk {
  readonly #perform: Perform;
  /** How many may be under way. */
  readonly #width: number;
  readonly #tasks = new Map<number, Task>();
  #running = 0;
  /** Of all replies that are kept, or to come. */
  #bytes = 0;
  /** All below have arrived at the client. */
  #receipt = 1;
  #closed: Error | undefined;

  constructor(perform: Perform, width: number) {
    this.#perform = perform;
    this.#width = width;
  }

  /** Whether the request came before, so that its body is of no use. */
  isKnown(id: number): boolean {
    return id < this.#receipt || this.#tasks.has(id);
  }

  /**
   * Takes a request; what it returns resolves when it is answered. Throws a TransportError when it is one that no client
   * sends, or one too many.
   */
  take(frame: Frame, send: Send): Promise<unknown> {
    try {
      if (this.#closed !== undefined) throw this.#closed;
      this.#advance(frame);
    } catch (error) {
      frame.place?.release();
      throw error;
    }
    if (frame.id < this.#receipt) {
      frame.place?.release();
      return Promise.resolve();
    }
    const known = this.#tasks.get(frame.id);
    if (known !== undefined) {
      frame.place?.release();
      known.send = send;
      return known.isDone ? known.done.then(send) : known.answered;
    }
    return this.#begin(frame, send);
  }

  /** Stops a request that is under way. */
  cancel(id: number): void {
    this.#tasks.get(id)?.controller.abort(new Error('the client gave it up'));
  }

  /** Stops all, and takes no more. */
  stop(reason: Error): void {
    this.#closed ??= reason;
    for (const { controller } of this.#tasks.values()) controller.abort(reason);
  }

  /** Waits for all that goes on. */
  async drained(): Promise<void> {
    await Promise.all([...this.#tasks.values()].map(({ done }) => done));
  }

  #advance({ id, receipt }: Frame): void {
    if (receipt > id) throw invalidMessage(`request ${id} comes with a receipt for itself`);
    if (receipt <= this.#receipt) return;
    for (const [known, task] of this.#tasks) {
      if (known >= receipt) continue;
      if (!task.isDone) throw invalidMessage(`a receipt for request ${known}, which goes on`);
      this.#tasks.delete(known);
      this.#bytes -= task.bytes;
    }
    this.#receipt = receipt;
  }

  #begin(frame: Frame, send: Send): Promise<void> {
    const { id, head, body, place } = frame;
    const bytes = replyBytesOf(head);
    try {
      if (id >= this.#receipt + MAX_AHEAD) throw invalidMessage(`request ${id} comes too early`);
      if (this.#running >= this.#width) throw sinkBusy('requests at once');
      if (this.#bytes + bytes > MAX_REPLIES_BYTES) throw sinkBusy('replies that do not arrive');
    } catch (error) {
      place?.release();
      throw error;
    }
    const controller = new AbortController();
    const note = (): void => task.send({ type: FRAME.note, id });
    this.#running++;
    this.#bytes += bytes;
    const tools = { signal: controller.signal, note };
    const done = this.#perform({ head, body, place }, tools).then(
      (reply): FrameToSend => ({ type: FRAME.reply, id, ...reply }),
      (error: unknown) => failureFrame(id, error),
    );
    const answered = done.then((answer) => {
      this.#running--;
      task.isDone = true;
      this.#weigh(task, answer);
      task.send(answer);
    });
    const task: Task = { controller, done, answered, bytes, isDone: false, send };
    this.#tasks.set(id, task);
    return answered;
  }

  /** Now that it is known how long the reply is. */
  #weigh(task: Task, { head, body }: FrameToSend): void {
    const bytes = lengthOf(head) + (body?.length ?? 0);
    this.#bytes += bytes - task.bytes;
    task.bytes = bytes;
  }
}

function lengthOf(head: unknown): number {
  return head === undefined ? 0 : JSON.stringify(head).length;
}

/** How an error goes to the client. */
export function failureFrame(id: number, error: unknown): FrameToSend {
  return { type: FRAME.failure, id, body: Buffer.from(JSON.stringify(reportError(error))) };
}

/** What a request that came while a transfer ends is refused with. */
export function endedSession(): TransportError {
  return new TransportError({
    code: 'session-lost',
    message: 'the sink has ended the transfer',
    retry: 'reconnect',
    hint: 'Run the job again: it continues.',
  });
}
