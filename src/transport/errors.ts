import { Ceph2zfsError } from '../core/errors.ts';

export type TransportErrorCode =
  /** A file with a certificate or a key cannot be read. */
  | 'tls-unreadable'
  /** What a file with a certificate or a key holds cannot be used. */
  | 'tls-unusable'
  /** No connection can be made to the sink, or none that lasts. */
  | 'sink-unreachable'
  /** One side does not accept the other's certificate. */
  | 'sink-certificate'
  /** The sides speak versions of the protocol that have nothing in common. */
  | 'sink-version'
  /** What answers is no sink, or says what the protocol does not have. */
  | 'sink-answer'
  /** The sink has given up a transfer or a lock: it heard nothing for too long, or was started again. */
  | 'session-lost'
  /** The certificate's name is no client of the sink. */
  | 'client-unknown'
  /** The client may not do this. */
  | 'not-allowed'
  /** A bound on memory, connections, transfers or calls is reached. */
  | 'sink-busy'
  /** Somebody else writes there. */
  | 'target-busy'
  /** A message breaks the protocol. */
  | 'message-invalid'
  /** The bytes of a message are not those that were sent. */
  | 'message-damaged'
  /** A name would lead elsewhere, or is none. */
  | 'name-invalid';

/** Everything that can go wrong between the two sides, in the words of the side that noticed. */
export class TransportError extends Ceph2zfsError<TransportErrorCode> {}

/** A message that no client of ours sends. */
export function invalidMessage(problem: string, cause?: unknown): TransportError {
  return new TransportError({
    code: 'message-invalid',
    message: `a message breaks the protocol: ${problem}`,
    retry: 'never',
    hint: 'Bring both sides to the same version of ceph2zfs; if it happens again, report it.',
    cause,
  });
}

/** A message whose bytes are not those that were sent. */
export function damagedMessage(problem: string, cause?: unknown): TransportError {
  return new TransportError({
    code: 'message-damaged',
    message: problem,
    retry: 'reconnect',
    hint: 'If it happens again, test the memory of both machines.',
    cause,
  });
}

/** A bound of the sink that stands in the way. */
export function sinkBusy(what: string): TransportError {
  return new TransportError({
    code: 'sink-busy',
    message: `the sink takes no more ${what} of this client for now`,
    retry: 'backoff',
    hint: 'Let fewer jobs run at the same time, have fewer transfers in each of them, or give the sink more memory.',
  });
}

/** A lock or a transfer that the sink does not have. */
export function sessionLost(what: string): TransportError {
  return new TransportError({
    code: 'session-lost',
    message: `the sink has given up ${what}: it heard nothing of it for too long, or was started again`,
    retry: 'reconnect',
    hint: 'Run the job again: it continues.',
  });
}
