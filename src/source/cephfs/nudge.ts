import type { TreePath } from '../../core/entry.ts';
import type { DirectoryContext } from './context.ts';
import { cPath } from './path.ts';

/** How long the MDS may take for a part of a listing before it is helped along, in milliseconds. */
const SLOW_MS = 100;

/**
 * Helps the MDS along while a directory of a snapshot is listed. It tells no size of a file before the client
 * that wrote to it last has said what it still had in memory when the snapshot was made; but for a client that has
 * nothing to say and keeps the right to write, the MDS (seen with 16.2) gets round to asking only every five
 * seconds, for one file at a time. To look at the live file makes it ask at once. So as long as a
 * listing waits, what is in the live directory is looked at beside it, and what that tells is dropped.
 */
export class Nudge implements Disposable {
  readonly #directory: DirectoryContext;
  readonly #path: TreePath;
  #isBegun = false;
  #isOver = false;
  /** While the listing waits for long; else what is looked at would only fill the client's cache. */
  #goOn = Promise.withResolvers<void>();

  constructor(directory: DirectoryContext, path: TreePath) {
    this.#directory = directory;
    this.#path = path;
  }

  /** Waits for a part of the listing. */
  async whileWaiting<Result>(work: Promise<Result>): Promise<Result> {
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.#begin();
    }, SLOW_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      if (isSlow) this.#goOn = Promise.withResolvers();
    }
  }

  #begin(): void {
    this.#goOn.resolve();
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#directory.filesystem.operations.track(this.#lookAtAll());
  }

  /** Never rejects: what is not there any more needs no help, and the listing itself tells what is wrong. */
  async #lookAtAll(): Promise<void> {
    const { nudge: call, mount } = this.#directory.filesystem;
    const path = this.#livePath();
    try {
      let directory = await call('beginNudge', mount.handle, path);
      while (directory !== null) {
        // A wait may end after all is over, and then nobody says any more to go on.
        if (!this.#isOver) await this.#goOn.promise;
        if (this.#isOver) return await call('endList', mount.handle, directory);
        directory = await call('continueNudge', mount.handle, path, directory);
      }
    } catch {
      // As said above.
    }
  }

  #livePath(): Uint8Array {
    const { name } = this.#directory;
    return cPath(Buffer.concat([Buffer.from(name), Buffer.from('/'), this.#path]));
  }

  /** The listing is over, or given up. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#goOn.resolve();
  }
}
