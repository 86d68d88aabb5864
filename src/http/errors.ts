import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Ceph2zfsError } from '../core/errors.ts';

export type HttpErrorCode =
  /** The request is none that the API knows, or has a wrong value. */
  | 'request-invalid'
  /** There is nothing of this name. */
  | 'not-found'
  /** Others could put a socket of theirs in its place. */
  | 'socket-unsafe'
  /** The address for the metrics cannot be listened on. */
  | 'metrics-listen';

/** A request that the API refuses. */
export class HttpError extends Ceph2zfsError<HttpErrorCode> {}

const STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  'request-invalid': 400,
  'config-refused': 400,
  'ambiguous-run': 400,
  'not-found': 404,
  'unknown-job': 404,
  'unknown-run': 404,
  'job-running': 409,
  draining: 503,
};

/** The status that an error is answered with. */
export function statusOf(error: unknown): ContentfulStatusCode {
  return error instanceof Ceph2zfsError ? (STATUS[error.code] ?? 500) : 500;
}
