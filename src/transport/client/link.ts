import { setTimeout as sleep } from 'node:timers/promises';
import { Ceph2zfsError } from '../../core/errors.ts';
import type { BusyRate } from '../../lib/busy-rate.ts';
import { sessionLost } from '../errors.ts';
import { FRAME } from '../protocol/frame.ts';
import { MAX_AHEAD, MAX_CHANNELS, MAX_REPLIES_BYTES } from '../protocol/limits.ts';
import type { Frame } from '../protocol/read-frames.ts';
import { errorReport } from '../protocol/schemas.ts';
import { pauseMs } from './caller.ts';
import { type Channel, openChannel } from './channel.ts';
import type { Http } from './http.ts';
import { Lane, soonest } from './lane.ts';
import { refusal, strangeAnswer } from './read-answer.ts';
import { Receipts } from './receipts.ts';
import { unreachable } from './unreachable.ts';

/** So often a request is sent, each time over a new connection, before what broke them is its own fault. */
const MAX_SENDINGS = 8;

/** With so many bytes under way on each connection there is enough to do for another one. */
const BUSY_BYTES = 1024 * 1024;

/** Of the replies that the sink has to keep, half; the other half is for those to come. */
const MAX_EARLY_BYTES = MAX_REPLIES_BYTES / 2;

export interface LinkOptions {
  readonly http: Http;
  /** Id of the transfer. */
  readonly session: string;
  readonly heartbeatMs: number;
  /** Told of what waits to be sent; null when nobody wants to know. */
  readonly meter: BusyRate | null;
}

/** What to ask of the sink. The body must not be touched until the promise settles. */
export interface ToAsk {
  /** With the request's name as `do`. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly body?: Uint8Array | undefined;
  /** What the body goes as, if it is compressed. */
  readonly compressed?: Uint8Array | undefined;
  readonly onNote?: (() => void) | undefined;
}

interface Asked extends ToAsk {
  isAbandoned: boolean;
  /** 0 until it is sent for the first time. */
  id: number;
  sendings: number;
  channel: Channel | null;
  /** Of its channel's lane. */
  mark: number;
  settle(outcome: Outcome): void;
}

type Outcome = { readonly reply: Frame } | { readonly error: unknown };

/**
 * Carries the requests of one transfer over several connections. One that breaks is opened again, and what was not
 * answered on it is asked again, under the same number: the sink does it once.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #receipts = new Receipts();
  /** In the order in which they are to be sent. */
  readonly #queue: Asked[] = [];
  /** Sent, and not answered. */
  readonly #asked = new Map<number, Asked>();
  readonly #channels = new Map<Channel, Lane>();
  /** Since when there is no connection. */
  #downSince = performance.now();
  #attempt = 0;
  #isPausing = false;
  #over: { readonly error: unknown } | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Asks the sink for something. Throws its refusal in its own words, or a TransportError. */
  async ask(toAsk: ToAsk, signal: AbortSignal): Promise<Frame> {
    signal.throwIfAborted();
    if (this.#over !== undefined) throw this.#over.error;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const about = { id: 0, sendings: 0, channel: null, mark: 0, isAbandoned: false };
    const asked: Asked = { ...toAsk, ...about, settle: resolve };
    this.#queue.push(asked);
    this.#pump();
    const giveUp = (): void => this.#giveUp(asked, signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const outcome = await promise;
      signal.throwIfAborted();
      if ('error' in outcome) throw outcome.error;
      return outcome.reply;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Ends all connections. What was not answered fails. */
  close(): void {
    this.#fail(sessionLost('a transfer that is closed'), 'end');
  }

  /** Sends what waits, as far as that is possible without piling up, and opens connections for the rest. */
  #pump(): void {
    while (this.#over === undefined) {
      const [asked] = this.#queue;
      if (asked === undefined || (asked.id === 0 && !this.#hasRoom())) return;
      const open = [...this.#channels].filter(([{ isOpen }]) => isOpen);
      const channel = soonest(open, weightOf(asked));
      if (open.every(([, { underWay }]) => underWay >= BUSY_BYTES)) this.#openAnother();
      // When it cannot take more, the others would still be later than it.
      if (channel?.isReady !== true) return;
      this.#queue.shift();
      this.#send(asked, channel);
    }
  }

  /** Whether the sink may take another one: what it keeps of the replies is bounded. */
  #hasRoom(): boolean {
    const isShort = this.#receipts.earlyBytes <= MAX_EARLY_BYTES;
    return isShort && this.#receipts.room(MAX_AHEAD) > 0;
  }

  #send(asked: Asked, channel: Channel): void {
    if (asked.id === 0) asked.id = this.#receipts.begin();
    asked.sendings++;
    asked.channel = channel;
    this.#asked.set(asked.id, asked);
    asked.mark = this.#channels.get(channel)?.send(weightOf(asked)) ?? 0;
    const { id, head, isAbandoned, body, compressed } = asked;
    const { receipt } = this.#receipts;
    const sent = isAbandoned || body === undefined ? {} : { body, compressed };
    try {
      channel.send({ type: FRAME.request, id, receipt, head, ...sent });
      if (isAbandoned) channel.send({ type: FRAME.cancel, id });
    } catch (error) {
      this.#settle(asked, { error });
    }
  }

  #openAnother(): void {
    const { http, session, heartbeatMs, meter } = this.#options;
    const opening = [...this.#channels.keys()].filter(({ isOpen }) => !isOpen).length;
    if (this.#isPausing || this.#waitingBytes() < opening * BUSY_BYTES) return;
    if (this.#channels.size >= Math.min(http.channels, MAX_CHANNELS)) return;
    const channel = openChannel({
      http,
      session,
      heartbeatMs,
      meter,
      onReady: () => {
        this.#attempt = 0;
        this.#pump();
      },
      onFrame: (frame) => this.#receive(frame),
      onClose: (error) => this.#closed(channel, error),
    });
    this.#channels.set(channel, new Lane(() => performance.now()));
  }

  /** Bytes that wait for a connection, or a place on one. */
  #waitingBytes(): number {
    return this.#queue.reduce((sum, asked) => sum + weightOf(asked), 0);
  }

  #receive(frame: Frame): void {
    const { type, id } = frame;
    if (type === FRAME.failure && id === 0) throw this.#failureOf(frame);
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    if (type === FRAME.note) {
      this.#arrived(asked, 'now');
      asked.onNote?.();
    }
    if (type === FRAME.reply) this.#settle(asked, { reply: frame });
    if (type === FRAME.failure) this.#settle(asked, { error: this.#failureOf(frame) });
  }

  #failureOf({ body }: Frame): Ceph2zfsError {
    const text = body.toString('utf8');
    try {
      return refusal(errorReport.parse(JSON.parse(text)), this.#options.http.url.host);
    } catch (cause) {
      throw strangeAnswer(text, cause);
    }
  }

  #arrived({ channel, mark }: Asked, when: 'now' | 'before'): void {
    if (channel !== null) this.#channels.get(channel)?.arrive(mark, when);
  }

  #settle(asked: Asked, outcome: Outcome): void {
    this.#asked.delete(asked.id);
    this.#arrived(asked, 'before');
    this.#receipts.end(asked.id, 'reply' in outcome ? outcome.reply.body.length : 0);
    asked.settle(outcome);
    this.#pump();
  }

  #closed(channel: Channel, error: unknown): void {
    this.#channels.delete(channel);
    if (this.#over !== undefined) return;
    const { url, patience } = this.#options.http;
    const open = [...this.#channels.keys()].some(({ isOpen }) => isOpen);
    if (!open && this.#attempt === 0) this.#downSince = performance.now();
    const lost = [...this.#asked.values()].filter((asked) => asked.channel === channel);
    for (const asked of lost) {
      asked.channel = null;
      this.#asked.delete(asked.id);
    }
    // In their order, before what was not sent yet.
    this.#queue.unshift(...lost.toSorted((a, b) => a.id - b.id));
    const isFinal = error instanceof Ceph2zfsError && isFinalWord(error);
    const failure = isFinal
      ? error
      : unreachable(url, error ?? new Error('it ended the connection'));
    const isTooLate = !open && performance.now() - this.#downSince >= patience.reconnectMs;
    const isHopeless = lost.some(({ sendings }) => sendings >= MAX_SENDINGS);
    if (isFinal || failure.retry === 'never' || isTooLate || isHopeless) this.#fail(failure);
    else void this.#tryAgain();
  }

  async #tryAgain(): Promise<void> {
    if (this.#isPausing) return;
    this.#isPausing = true;
    await sleep(pauseMs(this.#attempt++));
    this.#isPausing = false;
    if (this.#queue.length > 0) this.#pump();
  }

  /** All that is asked fails, from now on. */
  #fail(error: Error, how: 'end' | 'destroy' = 'destroy'): void {
    if (this.#over !== undefined) return;
    this.#over = { error };
    // Nothing may be in use by a connection any more when those who wait are told.
    const hasAsked = this.#asked.size > 0;
    for (const channel of this.#channels.keys()) {
      if (how === 'end' && !hasAsked && channel.isOpen) channel.end();
      else channel.destroy(error);
    }
    for (const asked of [...this.#queue.splice(0), ...this.#asked.values()]) {
      asked.settle({ error });
    }
    this.#asked.clear();
  }

  #giveUp(asked: Asked, reason: Error): void {
    const waiting = this.#queue.indexOf(asked);
    if (waiting >= 0) {
      // One that was sent before may be under way at the sink: its reply is still needed.
      if (asked.id === 0) this.#queue.splice(waiting, 1);
      abandon(asked, reason);
      return;
    }
    asked.channel?.send({ type: FRAME.cancel, id: asked.id });
    const timer = setTimeout(() => {
      if (this.#asked.get(asked.id) !== asked) return;
      // Its body must not be in use any more when it is given back.
      asked.channel?.destroy(new Error('a request that was given up was not answered'));
      abandon(asked, reason);
    }, this.#options.http.patience.cancelMs);
    timer.unref();
  }
}

/** Bytes, or a little more. */
function weightOf({ body, compressed }: ToAsk): number {
  return 1 + ((compressed ?? body)?.length ?? 0);
}

/** Nobody waits for the reply any more. Sent again, it is without its body: if the sink has not got it yet, it refuses that. */
function abandon(asked: Asked, reason: Error): void {
  asked.isAbandoned = true;
  asked.settle({ error: reason });
}

/** Whether what a sink says of a connection is true of all of them. */
function isFinalWord({ code, retry }: Ceph2zfsError): boolean {
  return code === 'session-lost' || (retry === 'never' && code !== 'sink-unreachable');
}
