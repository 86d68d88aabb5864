import { type EntryType, joinPath, type TreePath } from '../../core/entry.ts';
import type { TreeWriter } from '../../core/tree.ts';
import type { Worklist } from './worklist.ts';

/**
 * What lost its name on the target, by the inode of which it is a copy. The inode may only have been
 * renamed on the source: then its copy gets the new name, whatever is in it. What nobody wanted is
 * removed in the end.
 */
export class Limbo {
  readonly #writer: TreeWriter;
  readonly #worklist: Worklist;
  readonly #signal: AbortSignal;
  readonly #tell: () => void;
  /** Moves into the limbo that are under way: what is on its way cannot be taken out yet. */
  readonly #arriving = new Map<string, Promise<void>>();
  /** Moves out of the limbo that are under way: of what is beneath a directory before the directory itself. */
  readonly #leaving = new Map<string, Promise<boolean>>();
  #wasUsed = false;

  /** `tell` is called again and again while something is looked at or removed here. */
  constructor(writer: TreeWriter, worklist: Worklist, signal: AbortSignal, tell: () => void) {
    this.#writer = writer;
    this.#worklist = worklist;
    this.#signal = signal;
    this.#tell = tell;
  }

  /**
   * Takes away what is under a name that is no more its own. `ino`: the inode on its record; without
   * one it cannot be of use, and is removed. `type`: null when it is not known.
   */
  async detach(path: TreePath, ino: bigint, type: EntryType | null): Promise<void> {
    // A further name of an inode that is here already is not needed.
    if (ino === 0n || this.#worklist.inLimbo(ino) !== null) {
      return this.#writer.remove(path, this.#signal);
    }
    const place = joinPath(this.#writer.limbo, Buffer.from(ino.toString()));
    this.#worklist.addToLimbo(place, ino, type === null || type === 'directory');
    this.#wasUsed = true;
    const key = place.toString('latin1');
    const arriving = this.#arrive(path, place, key);
    this.#arriving.set(key, arriving);
    try {
      await arriving;
    } catch (error) {
      // It is not here, so nobody may be promised it.
      this.#worklist.leftLimbo(place);
      throw error;
    } finally {
      this.#arriving.delete(key);
    }
  }

  async #arrive(from: TreePath, to: TreePath, key: string): Promise<void> {
    // Another name of the same inode may be on its way out of this very place. Who waits for it is told there.
    await this.#leaving.get(key)?.catch(() => undefined);
    await this.#writer.move(from, to, this.#signal);
  }

  /** Gives the copy of an inode its new name. False when it is not here. */
  async attach(ino: bigint, to: TreePath): Promise<boolean> {
    const from = this.#worklist.inLimbo(ino);
    if (from === null) return false;
    // First: it can be given away only once.
    this.#worklist.leftLimbo(from);
    const key = from.toString('latin1');
    const leaving = this.#leave(from, to, key);
    this.#leaving.set(key, leaving);
    try {
      return await leaving;
    } finally {
      if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
    }
  }

  async #leave(from: TreePath, to: TreePath, key: string): Promise<boolean> {
    const arriving = this.#arriving.get(key);
    // One that could not come has been told of where it was; its inode is copied anew.
    if (arriving !== undefined && !(await succeeded(arriving))) return false;
    const beneath = [...this.#leaving].filter(([path]) => path.startsWith(`${key}/`));
    await Promise.allSettled(beneath.map(([, leaving]) => leaving));
    await this.#writer.move(from, to, this.#signal);
    return true;
  }

  /** Finds what an earlier run, which was cut off, has left here. */
  async recover(): Promise<void> {
    await this.#addAll(this.#writer.limbo);
  }

  /**
   * Makes known what is within the directories that are here: they were removed on the source, but what was
   * in them may have been moved elsewhere before.
   */
  async explore(): Promise<void> {
    for (;;) {
      const directory = this.#worklist.takeUnexplored();
      if (directory === null) return;
      await this.#addAll(directory);
    }
  }

  async #addAll(directory: TreePath): Promise<void> {
    for await (const batch of this.#writer.list(directory, this.#signal)) {
      for (const { name, ino, type } of batch) {
        this.#tell();
        if (ino === 0n) continue;
        this.#worklist.addToLimbo(joinPath(directory, name), ino, type === 'directory');
      }
    }
  }

  /** Removes what nobody wanted, and the limbo itself. Tells whether there was one, in the top. */
  async empty(): Promise<boolean> {
    if (this.#writer.isUntouched && !this.#wasUsed) return false;
    await this.#writer.remove(this.#writer.limbo, this.#signal, this.#tell);
    return true;
  }
}

async function succeeded(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}
