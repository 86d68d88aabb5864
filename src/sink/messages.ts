import type { Sink } from '../config/sink.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { ClientState, SinkState, TransferState } from '../transport/server/state.ts';
import type { WaitsFor } from '../transport/server/traffic.ts';

/** A client of the configuration; one that never came has zeros. */
export interface ReportedClient extends ClientState {
  readonly dataset: string;
}

/** A transfer that goes on, and how. */
export interface ReportedTransfer extends Omit<TransferState, 'waited'> {
  /** Null while there is too little to tell. */
  readonly bytesPerSecond: number | null;
  /** What it waited for most since the report before. */
  readonly waitsFor: WaitsFor;
}

/** What goes on at the sink, as its process tells it. Sizes are bytes, times milliseconds since 1970. */
export interface SinkReport {
  readonly clients: readonly ReportedClient[];
  readonly transfers: readonly ReportedTransfer[];
  readonly refused: SinkState['refused'];
  /** What is wrong, though it serves. */
  readonly problems: readonly ErrorReport[];
}

/** What the daemon sends to the sink's process. */
export type ToSink =
  | { readonly type: 'start'; readonly config: Sink }
  /** Its `listen` is left as it is. */
  | { readonly type: 'reload'; readonly config: Sink }
  /** Ends once the transfers that go on have, or after so many milliseconds. */
  | { readonly type: 'stop'; readonly drainMs: number };

/** What the sink's process sends. */
export type FromSink =
  /** The first one tells that it listens; then whenever something is different, at most once a second. */
  | { readonly type: 'report'; readonly report: SinkReport }
  /** Why it ends, though nobody asked it to. */
  | { readonly type: 'failed'; readonly error: ErrorReport };
