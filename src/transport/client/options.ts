import type { TlsFiles } from '../tls.ts';
import type { Packing } from './compression/packer.ts';

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
  /**
   * Whether data is compressed on its way, if the sink can expand it: `auto`, which it is without one, does it when it is
   * faster for it.
   */
  readonly compress?: Packing | 'never';
  readonly patience?: Partial<Patience>;
}

export const PATIENCE: Patience = { reconnectMs: 45_000, silentMs: 20_000, cancelMs: 5000 };
