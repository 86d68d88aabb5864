import type { ScanRecord, TargetSnapshot } from '../../core/target.ts';
import { createSlots } from '../../lib/slots.ts';
import type { Frame } from '../protocol/read-frames.ts';
import type { HeadOf, ReplyOf, Requests } from '../protocol/requests.ts';
import { closeSession, type Remote } from './catalog.ts';
import type { Packer } from './compression/packer.ts';
import { Link } from './link.ts';
import { strangeAnswer } from './read-answer.ts';

export interface TransferOptions<All extends Requests> {
  readonly remote: Remote;
  readonly requests: All;
  /** Its id. */
  readonly session: string;
  /** What may be under way at once: requests with data, and others. */
  readonly pieces: number;
  readonly requestsAtOnce: number;
  /** What compresses data; null when that was not agreed on. */
  readonly packer: Packer | null;
}

/** A transfer that is open at the sink. */
export interface Transfer<All extends Requests> extends AsyncDisposable {
  /** Asks for something; waits while too much is under way. The body must not be touched meanwhile. */
  ask<Name extends keyof All & string>(
    name: Name,
    head: HeadOf<All, Name>,
    how: Asking,
  ): Promise<{ readonly head: ReplyOf<All, Name>; readonly body: Buffer }>;
  commit(scan: ScanRecord | null, signal: AbortSignal): Promise<TargetSnapshot>;
}

export interface Asking {
  readonly signal: AbortSignal;
  readonly body?: Uint8Array;
  readonly onNote?: (() => void) | undefined;
}

export async function openTransfer<All extends Requests>(
  options: TransferOptions<All>,
): Promise<Transfer<All>> {
  const { remote, requests, session, packer } = options;
  const { http, caller, keeper } = remote;
  const { heartbeatMs } = await caller.greeting(new AbortController().signal);
  keeper.add(session);
  const link = new Link({ http, session, heartbeatMs, meter: packer?.link ?? null });
  const slots = {
    data: createSlots(options.pieces),
    other: createSlots(options.requestsAtOnce),
  };
  let closing: Promise<void> | undefined;

  function replyOf<Name extends keyof All & string>(name: Name, frame: Frame) {
    const parsed = requests[name]?.reply.safeParse(frame.head);
    if (parsed?.success !== true)
      throw strangeAnswer(`${name}: ${parsed?.error.issues[0]?.message}`);
    return { head: parsed.data as ReplyOf<All, Name>, body: frame.body };
  }

  async function close(): Promise<void> {
    link.close();
    await closeSession(remote, session);
  }

  return {
    async ask(name, head, { signal, body, onNote }) {
      signal.throwIfAborted();
      const leave = await slots[requests[name]?.data === true ? 'data' : 'other'].take();
      try {
        const isBulk = requests[name]?.bulk === true && body !== undefined;
        using packed = isBulk && packer !== null ? await packer.pack(body) : null;
        const compressed = packed?.compressed ?? undefined;
        const asked = { head: { do: name, ...head }, body, compressed, onNote };
        return replyOf(name, await link.ask(asked, signal));
      } finally {
        leave();
      }
    },
    async commit(scan, signal) {
      const { snapshot } = await caller.call('commit', { session, scan }, signal);
      return snapshot;
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}
