import type { TreePath } from '../../../core/entry.ts';
import { ErrnoError } from '../../../native/errno.ts';
import { closeFd } from '../../../native/libc-files.ts';
import { getXattr } from '../../../native/libc-xattr.ts';
import { fingerprintOf, readRecord, recordState, writeRecord } from './entry-record.ts';
import { NO_DIRECTORY, needDirectory } from './path.ts';

/** Counters that all threads of a writer share; see {@link createShared}. */
export type Shared = Int32Array;

const MOVED = 0;
const FINISHED = 1;

export function createShared(): Shared {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** So many directories are kept open in each thread. */
const KEPT_OPEN = 64;

/** An open directory of the target. */
export interface OpenDirectory {
  readonly fd: number;
  /** The value of the counter of finished directories when the two below were found out; -1: they were not. */
  knownAt: number;
  isWithdrawn: boolean;
  hasDefaultAcl: boolean;
}

/**
 * The directories that one thread has open, those that were used last. Threads need not talk to each other: a
 * shared counter tells when a directory may be elsewhere than it was, and all are opened anew.
 */
export class Directories {
  readonly #root: number;
  readonly #shared: Shared;
  readonly #open = new Map<string, OpenDirectory>();
  #movedAt = 0;

  constructor(root: number, shared: Shared) {
    this.#root = root;
    this.#shared = shared;
  }

  get root(): number {
    return this.#root;
  }

  /** To be called before each operation: during one, no open directory may be closed. */
  refresh(): void {
    const moved = Atomics.load(this.#shared, MOVED);
    if (moved !== this.#movedAt) this.close();
    this.#movedAt = moved;
  }

  /** Throws when there is no such directory, or something on the way is none. */
  open(path: TreePath): OpenDirectory {
    const key = path.toString('latin1');
    const known = this.#open.get(key);
    if (known !== undefined) {
      // The map's order is that of the last use.
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    const fd = needDirectory(this.#root, path);
    const made = { fd, knownAt: -1, isWithdrawn: false, hasDefaultAcl: false };
    this.#open.set(key, made);
    for (const [oldest, { fd: oldestFd }] of this.#open) {
      if (this.#open.size <= KEPT_OPEN) break;
      closeFd(oldestFd);
      this.#open.delete(oldest);
    }
    return made;
  }

  /** As {@link open}; null when there is no such directory. */
  tryOpen(path: TreePath): OpenDirectory | null {
    try {
      return this.open(path);
    } catch (error) {
      if (error instanceof ErrnoError && NO_DIRECTORY.has(error.errno)) return null;
      throw error;
    }
  }

  /** To be called after a directory was moved or removed: what was beneath it is elsewhere. */
  moved(): void {
    Atomics.add(this.#shared, MOVED, 1);
  }

  /** To be called after a directory's own metadata and record were set. */
  finished(): void {
    Atomics.add(this.#shared, FINISHED, 1);
  }

  /**
   * To be called when names come to a directory or go from it, which changes its times: withdraws its
   * record, so that it is set right in any case, also by another run after this one is killed.
   */
  withdraw(directory: OpenDirectory): void {
    this.#know(directory);
    if (directory.isWithdrawn) return;
    const record = readRecord(directory.fd);
    if (record !== null) {
      const state = { ...recordState(record), complete: false };
      writeRecord(directory.fd, fingerprintOf(record), state);
    }
    directory.isWithdrawn = true;
  }

  /** Whether what is made in the directory inherits an access list. */
  hasDefaultAcl(directory: OpenDirectory): boolean {
    this.#know(directory);
    return directory.hasDefaultAcl;
  }

  #know(directory: OpenDirectory): void {
    const finished = Atomics.load(this.#shared, FINISHED);
    if (directory.knownAt === finished) return;
    const record = readRecord(directory.fd);
    directory.isWithdrawn = record === null || !recordState(record).complete;
    directory.hasDefaultAcl = getXattr(directory.fd, DEFAULT_ACL, NOTHING) > 0;
    directory.knownAt = finished;
  }

  close(): void {
    for (const { fd } of this.#open.values()) closeFd(fd);
    this.#open.clear();
  }
}

const DEFAULT_ACL = Buffer.from('system.posix_acl_default');
const NOTHING = Buffer.alloc(0);
