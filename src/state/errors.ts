import { Ceph2zfsError } from '../core/errors.ts';

export type StateErrorCode =
  /** The file of the jobs' states is no such file, or one of a newer version; it was set aside. */
  | 'state-damaged'
  /** The file of the jobs' states is there and cannot be read. */
  | 'state-read'
  /** The jobs' states cannot be kept. */
  | 'state-write'
  /** The history is no such database, is corrupt, or is of a newer version; it was set aside. */
  | 'history-damaged'
  /** The history cannot be read. */
  | 'history-read'
  /** The history cannot be written; what was told meanwhile waits in memory. */
  | 'history-write'
  /** The history has no run of this id. */
  | 'unknown-run'
  /** Several runs begin with what was given as a run's id. */
  | 'ambiguous-run';

/** What can go wrong with what is remembered from one run to the next. */
export class StateError extends Ceph2zfsError<StateErrorCode> {}
