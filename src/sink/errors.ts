import { Ceph2zfsError } from '../core/errors.ts';

export type SinkErrorCode =
  /** The address cannot be listened on. */
  | 'sink-listen'
  /** The sink's process ended without saying why. */
  | 'sink-crashed';

/** What keeps a sink from serving as it should. */
export class SinkError extends Ceph2zfsError<SinkErrorCode> {}
