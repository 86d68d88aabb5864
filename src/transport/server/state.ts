import type { Connections } from './connections.ts';
import type { Refusals } from './refusals.ts';
import type { WaitedMs } from './traffic.ts';

/** A client that has come since the start. Sizes are bytes. */
export interface ClientState {
  readonly name: string;
  readonly connections: number;
  /** Locks and transfers that it has open. */
  readonly sessions: number;
  /** For transfers, with all that came twice because a connection broke. */
  readonly bytesReceived: number;
}

/** A transfer that a client has open. Sizes are bytes. */
export interface TransferState {
  readonly client: string;
  readonly session: string;
  readonly kind: 'rbd' | 'cephfs';
  readonly source: string;
  readonly dataset: string;
  /** IP address from where its requests came last; null before the first of them. */
  readonly address: string | null;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly bytesReceived: number;
  readonly bytesWritten: number;
  /** Requests that are worked at, or wait for that. */
  readonly requests: number;
  readonly waited: WaitedMs;
}

/** What goes on at a sink. */
export interface SinkState {
  readonly clients: readonly ClientState[];
  readonly transfers: readonly TransferState[];
  readonly refused: Readonly<Refusals>;
}

/** What goes on at this moment. */
export function stateOf(connections: Connections, refused: Refusals): SinkState {
  const guests = [...connections.guests()];
  return {
    clients: guests.map((guest) => ({
      name: guest.name,
      connections: connections.countOf(guest),
      sessions: guest.sessions.size,
      ...guest.totals,
    })),
    transfers: guests.flatMap(({ name, sessions }) =>
      sessions.transfers().map(({ id, session: { about, traffic, work } }) => ({
        client: name,
        session: id,
        ...about,
        address: traffic.address,
        since: traffic.since,
        bytesReceived: traffic.bytesReceived,
        bytesWritten: work.bytesWritten(),
        requests: traffic.requests,
        waited: traffic.waited(),
      })),
    ),
    refused: { ...refused },
  };
}
