import type { Sink } from '../config/sink.ts';
import type { SinkStatus } from '../http/sink-schemas.ts';
import type { SinkReport } from '../sink/messages.ts';

/** What is known of a sink, of which there may be no process at the moment. */
export interface KnownSink {
  readonly listen: Sink['listen'];
  readonly running: {
    readonly handle: { readonly pid: number | null };
    readonly startedAt: number;
    /** Null until it serves. */
    readonly report: SinkReport | null;
    readonly isEnding: boolean;
  } | null;
  readonly restarts: number;
}

const NOTHING = {
  clients: [],
  transfers: [],
  refused: { handshake: 0, certificate: 0, client: 0, busy: 0 },
};

/** A sink as the API tells of it. */
export function sinkStatus({ listen, running, restarts }: KnownSink): SinkStatus {
  const { clients, transfers, refused } = running?.report ?? NOTHING;
  return {
    state: stateOf(running),
    listen: addressText(listen),
    pid: running?.handle.pid ?? null,
    startedAt: running?.startedAt ?? null,
    restarts,
    clients,
    transfers,
    refused,
  };
}

/** `192.0.2.7:8470` or `[::]:8470`. */
export function addressText({ host, port }: Sink['listen']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function stateOf(running: KnownSink['running']): SinkStatus['state'] {
  if (running === null) return 'down';
  if (running.isEnding) return 'ending';
  return running.report === null ? 'starting' : 'listening';
}
