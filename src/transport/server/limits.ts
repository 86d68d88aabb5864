import type { Windows } from './work.ts';

/** What bounds the memory and the time that clients can take up. */
export interface SinkLimits {
  /** Bytes for what clients send, in pieces of 4 MiB; transfers share them. */
  readonly memory: number;
  /** Connections that have not said yet who they are. */
  readonly handshakes: number;
  /** Those that have, in all, and of one client. */
  readonly connections: number;
  readonly connectionsOfClient: number;
  /** Locks and transfers of one client. */
  readonly sessionsOfClient: number;
  /** What a transfer may have under way, at most. */
  readonly windows: Windows;
  /** Compressed bodies that are being expanded at once, of all clients: each takes 8 MiB beside its buffer, at most. */
  readonly expansions: number;
  /** For the TLS handshake, for the headers of a request, and for the body of a call, in milliseconds. */
  readonly arrivalMs: number;
  /** How often each side says that it is still there, in milliseconds. */
  readonly heartbeatMs: number;
  /** A connection is over when nothing came for so long, in milliseconds. */
  readonly silentMs: number;
  /** A lock or a transfer is given up when nothing was heard of it for so long, in milliseconds. */
  readonly sessionMs: number;
}

export const SINK_LIMITS: SinkLimits = {
  memory: 256 * 1024 * 1024,
  handshakes: 128,
  connections: 512,
  connectionsOfClient: 64,
  sessionsOfClient: 64,
  windows: { pieces: 16, requests: 256 },
  expansions: 4,
  arrivalMs: 15_000,
  heartbeatMs: 5000,
  silentMs: 20_000,
  sessionMs: 60_000,
};
