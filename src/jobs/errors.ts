import { Ceph2zfsError } from '../core/errors.ts';

export type JobErrorCode =
  /** A phase made no progress for too long. */
  | 'stalled'
  /** A block that the diff calls unchanged is not what the target has. */
  | 'diff-missed-change'
  /** Somebody removed the snapshot while it was copied. */
  | 'snapshot-missing'
  /** Entries of a tree could not be copied. */
  | 'entries-failed'
  /** An entry of a tree has a name that the target cannot have. */
  | 'entry-name'
  /** Nothing at all was selected. */
  | 'nothing-selected'
  /** A hook could not be run, or failed. */
  | 'hook-failed'
  /** A hook took longer than it may, and was ended. */
  | 'hook-timeout'
  /** The run was cancelled by a person or by the system. */
  | 'cancelled'
  /** The process of a run ended without saying how. */
  | 'runner-crashed';

/** What can go wrong with a run apart from its source and its target. */
export class JobError extends Ceph2zfsError<JobErrorCode> {}
