import type { TlsFiles } from '../tls.ts';

/** How patient a client is, in milliseconds. */
export interface Patience {
  /** How long it tries to reach the sink again before it gives up. */
  readonly reconnectMs: number;
  /** A connection is over when nothing came for so long; the sink says more often that it is there. */
  readonly silentMs: number;
  /** How long it waits for the reply to what it gave up. */
  readonly cancelMs: number;
}

export interface SinkClientOptions {
  /** `https://HOST:PORT`. */
  readonly url: URL;
  readonly tls: TlsFiles;
  /** So many connections carry the data of one transfer, at most. */
  readonly channels: number;
  readonly patience?: Partial<Patience>;
}

export const PATIENCE: Patience = { reconnectMs: 45_000, silentMs: 20_000, cancelMs: 5000 };
