import type { TreePath } from '../../core/entry.ts';
import { Ceph2zfsError } from '../../core/errors.ts';
import { printable } from '../../lib/printable.ts';
import { JobError } from '../errors.ts';

/** An entry that could not be copied. */
export interface Failure {
  /** For people. */
  readonly path: string;
  readonly error: Ceph2zfsError;
}

/** So many are told one by one; the rest is counted. */
const TOLD = 20;

/** More than these, and something is wrong with more than single entries. */
const MOST = 10_000;

/**
 * Errors that are about one entry: the others can still be copied. All other errors (a full pool, a lost
 * cluster, a mistake in this program) end the transfer.
 */
const OF_ONE_ENTRY: ReadonlySet<string> = new Set([
  'read-failed',
  'entry-missing',
  'entry-unreadable',
  'entry-unwritable',
  'entry-name',
]);

/** Collects what could not be copied, so that one unreadable file does not keep all others from being safe. */
export class Failures {
  readonly #told: Failure[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Those that are told one by one. */
  get told(): readonly Failure[] {
    return this.#told;
  }

  /** Does the work for one entry; an error that is about that entry only is kept, any other is thrown. */
  async attempt(path: TreePath, signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Ceph2zfsError) || !OF_ONE_ENTRY.has(error.code)) throw error;
      this.#count++;
      if (this.#told.length < TOLD) this.#told.push({ path: pathText(path), error });
      if (this.#count > MOST) throw this.error('nothing more is tried');
      return false;
    }
  }

  /** The error that ends a transfer because of these. */
  error(consequence: string): JobError {
    const rest = this.#count - this.#told.length;
    const lines = this.#told.map(({ path, error }) => `  ${path}: ${error.message}`);
    if (rest > 0) lines.push(`  and ${rest} more`);
    return new JobError({
      code: 'entries-failed',
      message: `${this.#count} entries could not be copied; ${consequence}:\n${lines.join('\n')}`,
      retry: 'backoff',
      hint: 'What could be copied is kept, and the next run goes on from there. `source.on_error: skip` commits a partial snapshot in spite of such entries.',
      cause: this.#told[0]?.error,
    });
  }
}

/** A path for people: `/` and the path within the tree. Bytes that are no UTF-8 show as U+FFFD. */
export function pathText(path: TreePath): string {
  return `/${printable(path.toString('utf8'))}`;
}
