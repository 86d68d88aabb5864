/**
 * How a failed operation may be tried again.
 * - `never`: the same call fails again until a person changes something;
 * - `reconnect`: open a new connection (or start a new run), then try again;
 * - `backoff`: wait, then try again.
 */
export type RetryClass = 'never' | 'reconnect' | 'backoff';

export interface ErrorDetails<Code extends string> {
  readonly code: Code;
  readonly message: string;
  readonly retry: RetryClass;
  /** What the operator can do about it, one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one base class of the errors that this program raises on purpose. Each area (config, ceph,
 * zfs, jobs) derives a class whose `code` is a union of string literals.
 */
export class Ceph2zfsError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly retry: RetryClass;
  readonly hint: string | undefined;

  constructor(details: ErrorDetails<Code>) {
    super(details.message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.retry = details.retry;
    this.hint = details.hint;
  }
}

/** An error as plain data: what crosses a process boundary, a log or a `--json` stream. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly retry: RetryClass;
  readonly hint?: string;
  /** Messages of the causes, outermost first, whole. */
  readonly causes: readonly string[];
}

/** Turns anything that was thrown into a report; a stranger's error gets the code `unexpected`. */
export function reportError(error: unknown): ErrorReport {
  const known = error instanceof Ceph2zfsError ? error : undefined;
  const hint = known?.hint;
  return {
    code: known?.code ?? 'unexpected',
    message: messageOf(error),
    retry: known?.retry ?? 'never',
    ...(hint === undefined ? {} : { hint }),
    causes: causesOf(error),
  };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  // A cause may point back to an error that was already told.
  for (let depth = 0; cause !== undefined && depth < 8; depth++) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
