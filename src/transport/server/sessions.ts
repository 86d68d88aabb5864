import { invalidMessage, sessionLost, sinkBusy } from '../errors.ts';
import { MAX_CHANNELS } from '../protocol/limits.ts';
import type { Desk } from './desk.ts';
import type { Traffic } from './traffic.ts';
import type { Work } from './work.ts';

interface Closable {
  /** Gives up what it holds. Called once. */
  close(): Promise<void>;
}

/** A lock that a client holds. */
export interface LockSession extends Closable {
  readonly kind: 'lock';
  /** Of which source. */
  readonly key: string;
  /** The process of the client that took it; null when it did not say. */
  readonly instance: string | null;
  /** The transfer that writes under it. */
  user: string | null;
}

/** What is transferred to where. */
export interface TransferSubject {
  readonly kind: 'rbd' | 'cephfs';
  readonly source: string;
  /** Its whole name. */
  readonly dataset: string;
}

/** A transfer that a client has open. */
export interface TransferSession extends Closable {
  readonly kind: 'transfer';
  readonly about: TransferSubject;
  /** What it makes use of, of what was agreed on. */
  readonly features: readonly string[];
  readonly traffic: Traffic;
  readonly work: Work;
  readonly desk: Desk;
  /** As {@link Work}; the transfer is not closed before it has ended. */
  readonly commit: Work['commit'];
}

export type Session = LockSession | TransferSession;

interface Kept {
  readonly session: Session;
  lastHeard: number;
  /** Connections that carry its requests: while there is one, the client is there. */
  channels: number;
}

/**
 * What a client holds at the sink: it ends when the client says so, and when nothing was heard of it for too long, so
 * that a client that is gone leaves nothing open behind it.
 */
export class Sessions implements AsyncDisposable {
  readonly #limit: number;
  readonly #lifeMs: number;
  readonly #kept = new Map<string, Kept>();
  readonly #opening = new Set<string>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(limit: number, lifeMs: number) {
    this.#limit = limit;
    this.#lifeMs = lifeMs;
    this.#timer = setInterval(() => this.#reap(), lifeMs / 4);
    this.#timer.unref();
  }

  /** How many there are, with those that are being opened or closed. */
  get size(): number {
    return this.#kept.size + this.#opening.size + this.#closing.size;
  }

  transfers(): readonly { readonly id: string; readonly session: TransferSession }[] {
    return [...this.#kept].flatMap(([id, { session }]) =>
      session.kind === 'transfer' ? [{ id, session }] : [],
    );
  }

  /** The lock of a source. */
  lockOf(key: string): { readonly id: string; readonly instance: string | null } | null {
    for (const [id, { session }] of this.#kept) {
      if (session.kind === 'lock' && session.key === key) return { id, instance: session.instance };
    }
    return null;
  }

  /** Opens one. Throws a TransportError when there is no room for another one. */
  async open(id: string, make: () => Promise<Session>): Promise<void> {
    if (this.#kept.has(id) || this.#opening.has(id) || this.#closing.has(id)) {
      throw invalidMessage('a lock or transfer of this id is there already');
    }
    if (this.size >= this.#limit) throw sinkBusy('locks and transfers');
    this.#opening.add(id);
    try {
      const session = await make();
      this.#kept.set(id, { session, lastHeard: performance.now(), channels: 0 });
    } finally {
      this.#opening.delete(id);
    }
  }

  /** The one of this id and kind, of which something was heard now. Throws `session-lost` when there is none. */
  get<Kind extends Session['kind']>(id: string, kind: Kind): Extract<Session, { kind: Kind }> {
    const kept = this.#kept.get(id);
    if (kept?.session.kind !== kind) throw sessionLost(`a ${kind}`);
    kept.lastHeard = performance.now();
    return kept.session as Extract<Session, { kind: Kind }>;
  }

  /**
   * Keeps a transfer alive while a connection is there for it. Call what it returns when that ends. Throws a
   * TransportError when it has as many as it may.
   */
  hold(id: string): () => void {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw sessionLost('a transfer');
    if (kept.channels >= MAX_CHANNELS) throw sinkBusy('connections for one transfer');
    kept.channels++;
    return () => {
      kept.channels--;
      kept.lastHeard = performance.now();
    };
  }

  /** Keeps those that are there; tells which are not. */
  keep(ids: readonly string[]): string[] {
    const now = performance.now();
    return ids.filter((id) => {
      const kept = this.#kept.get(id);
      if (kept !== undefined) kept.lastHeard = now;
      return kept === undefined;
    });
  }

  /** Closes one, or waits while that goes on; one that is gone is no error. */
  async close(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    if (kept === undefined) return this.#closing.get(id);
    this.#kept.delete(id);
    const closing = kept.session.close().finally(() => this.#closing.delete(id));
    this.#closing.set(id, closing);
    await closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#kept.keys()].map((id) => this.close(id)));
    await Promise.allSettled(this.#closing.values());
  }

  #reap(): void {
    const before = performance.now() - this.#lifeMs;
    for (const [id, { channels, lastHeard }] of this.#kept) {
      // Nobody is left who could be told that it failed.
      if (channels === 0 && lastHeard < before) void this.close(id).catch(() => undefined);
    }
  }
}
