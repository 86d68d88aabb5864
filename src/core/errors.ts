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
  readonly hint?: string | undefined;
  /** Messages of the causes, outermost first, whole; after them what closing failed with. */
  readonly causes: readonly string[];
}

/** Turns anything that was thrown into a report; a stranger's error gets the code `unexpected`. */
export function reportError(error: unknown): ErrorReport {
  const { first, later } = unfold(error);
  const known = first instanceof Ceph2zfsError ? first : undefined;
  const hint = known?.hint;
  return {
    code: known?.code ?? 'unexpected',
    message: messageOf(first),
    retry: known?.retry ?? 'never',
    ...(hint === undefined ? {} : { hint }),
    causes: causesOf(first, later),
  };
}

/** An error from a report, such as one that came from another process or machine: {@link reportError} makes it that again. */
export function rebuildError({ causes, ...details }: ErrorReport): Ceph2zfsError {
  const cause = causes.reduceRight<Error | undefined>(
    (deeper, message) => new Error(message, deeper === undefined ? {} : { cause: deeper }),
    undefined,
  );
  return new Ceph2zfsError({ ...details, cause });
}

/** What failed first, when closing what was in use failed as well (`await using`); else the error itself. */
export function firstError(error: unknown): unknown {
  return unfold(error).first;
}

/** What failed first, and what failed after it while things were closed, in the order in which it did. */
function unfold(error: unknown): { readonly first: unknown; readonly later: readonly unknown[] } {
  const later: unknown[] = [];
  let first = error;
  while (first instanceof SuppressedError) {
    const closing = unfold(first.error);
    later.unshift(closing.first, ...closing.later);
    first = first.suppressed;
  }
  return { first, later };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function causesOf(first: unknown, later: readonly unknown[]): string[] {
  // What fails once may be thrown again by everything that waited for it.
  const told = new Set([first]);
  const causes = chainOf(causeOf(first), told).map(messageOf);
  for (const error of later) {
    const [failure, ...deeper] = chainOf(error, told).map(messageOf);
    if (failure !== undefined) causes.push(`then closing failed: ${failure}`, ...deeper);
  }
  return causes;
}

/** An error and its causes, outermost first, up to one that was told already: a cause may point back to it. */
function chainOf(error: unknown, told: Set<unknown>): unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && chain.length < MAX_CAUSES; next = causeOf(next)) {
    if (told.has(next)) break;
    told.add(next);
    chain.push(next);
  }
  return chain;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

const MAX_CAUSES = 8;
