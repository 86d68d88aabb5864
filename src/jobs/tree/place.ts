import { type Entry, joinPath, type TreePath } from '../../core/entry.ts';
import { VERDICT } from '../../core/tree.ts';
import { Group } from '../../lib/slots.ts';
import { compareOne, entriesOf } from './batch.ts';
import { copyEntry } from './copy-entry.ts';
import { finishDirectory } from './finish.ts';
import { scanDirectory } from './scan.ts';
import type { Beneath, TreeWork } from './work.ts';
import type { Pending } from './worklist.ts';

const BATCH = 1000;

/**
 * Gives every entry that was put off its copy: a copy that lost another name if there is one, a further name
 * of a copy that is there, or a new copy. Directories that moved come first, because the scan of what is in
 * them may find more that lost its name.
 */
export async function placePending(work: TreeWork): Promise<void> {
  const { worklist, limbo } = work;
  const placer = new Placer(work);
  while (worklist.hasPending) {
    await placer.placeMoved();
    await limbo.explore();
    await placer.placeMoved();
    await placer.placeSome();
  }
}

class Placer {
  readonly #work: TreeWork;
  /** Inodes with several hard links that are being placed: their further names wait for the first. */
  readonly #inFlight = new Map<bigint, Promise<void>>();

  constructor(work: TreeWork) {
    this.#work = work;
  }

  /** Directories whose copies are in the limbo. */
  async placeMoved(): Promise<void> {
    for (;;) {
      const moved = this.#work.worklist.takeMoved();
      if (moved === null) return;
      await this.#placePendingDirectory(moved);
    }
  }

  /** Of whatever kind, in the order in which they were found. */
  async placeSome(): Promise<void> {
    const group = new Group();
    const { directories, worklist } = this.#work;
    try {
      for (const pending of worklist.takePending(BATCH)) {
        if (pending.entry.type === 'directory') {
          await group.branch(directories, () => this.#placePendingDirectory(pending));
        } else {
          await this.#startEntry(group, pending.directory, pending.entry);
          if (pending.entry.nlink > 1) worklist.markLinks(pending.directory);
        }
      }
    } finally {
      await group.done();
    }
  }

  /** All above one that was put off is on the list of what is to be finished: it learns of links there. */
  async #placePendingDirectory({ directory, entry }: Pending): Promise<void> {
    const beneath = await this.#placeDirectory(directory, entry);
    if (beneath.links) this.#work.worklist.markLinks(directory);
  }

  async #placeDirectory(directory: TreePath, entry: Entry): Promise<Beneath> {
    const { limbo, failures, counts, signal } = this.#work;
    const path = joinPath(directory, entry.name);
    let beneath: Beneath = { links: false, isOpen: false };
    await failures.attempt(path, signal, async () => {
      if (await limbo.attach(entry.ino, path)) {
        counts.renamed++;
        // Its rctime says nothing of what was changed in it before it was moved here.
        const known = { path, entry, isSame: false, hadLinks: false, mayPrune: false };
        beneath = await scanDirectory(this.#work, known);
        // The scan has put it on the list of what is to be finished, so all above it must be there.
        beneath.isOpen = true;
      } else {
        beneath = await this.#makeDirectory(path, entry);
      }
    });
    return beneath;
  }

  /** Makes a directory with all that is in it. */
  async #makeDirectory(path: TreePath, entry: Entry): Promise<Beneath> {
    const { snapshot, writer, worklist, directories, counts, signal, tell } = this.#work;
    const beneath: Beneath = { links: false, isOpen: false };
    await writer.makeDirectory(path, entry, signal);
    counts.created++;
    tell();
    const group = new Group();
    try {
      for await (const batch of snapshot.list(path, signal)) {
        tell();
        for (const child of entriesOf(batch)) {
          if (child.nlink > 1) beneath.links = true;
          if (child.type !== 'directory') await this.#startEntry(group, path, child);
          else {
            await group.branch(directories, async () => {
              const below = await this.#placeDirectory(path, child);
              beneath.links ||= below.links;
              beneath.isOpen ||= below.isOpen;
            });
          }
        }
      }
    } finally {
      await group.done();
    }
    const unfinished = { path, entry, links: beneath.links };
    if (beneath.isOpen) worklist.addUnfinished(unfinished, false, true);
    else await finishDirectory(this.#work, unfinished);
    return beneath;
  }

  async #startEntry(group: Group, directory: TreePath, entry: Entry): Promise<void> {
    await group.queue(this.#work.entries, () => this.#placeInTurn(directory, entry));
  }

  async #placeInTurn(directory: TreePath, entry: Entry): Promise<void> {
    if (entry.nlink <= 1) return this.#placeEntry(directory, entry);
    const earlier = this.#inFlight.get(entry.ino) ?? Promise.resolve();
    // Who waits for another one does not fail because of it.
    const own = earlier.catch(() => undefined).then(() => this.#placeEntry(directory, entry));
    this.#inFlight.set(entry.ino, own);
    try {
      await own;
    } finally {
      if (this.#inFlight.get(entry.ino) === own) this.#inFlight.delete(entry.ino);
    }
  }

  async #placeEntry(directory: TreePath, entry: Entry): Promise<void> {
    const { failures, counts, signal, tell } = this.#work;
    const path = joinPath(directory, entry.name);
    await failures.attempt(path, signal, async () => {
      if (await this.#isLinked(path, entry)) counts.linked++;
      else if (await this.#isRenamed(directory, path, entry)) counts.renamed++;
      else {
        await copyEntry(this.#work, directory, entry);
        counts.created++;
      }
      if (entry.nlink > 1) await this.#rememberCopy(directory, path, entry);
    });
    tell();
  }

  /** Makes it a further name of a copy that is there, if one is. */
  async #isLinked(path: TreePath, entry: Entry): Promise<boolean> {
    const { worklist, writer, signal } = this.#work;
    const known = entry.nlink > 1 ? worklist.linkOf(entry.ino) : null;
    return known !== null && (await writer.link(known.path, path, entry, signal));
  }

  /** Gives it the copy that lost another name, if one did, and brings that to what the entry is now. */
  async #isRenamed(directory: TreePath, path: TreePath, entry: Entry): Promise<boolean> {
    const { limbo, writer, signal } = this.#work;
    if (!(await limbo.attach(entry.ino, path))) return false;
    const { verdict } = await compareOne(writer, directory, entry, signal);
    if (verdict === VERDICT.other) {
      await writer.remove(path, signal);
      return false;
    }
    if (verdict !== VERDICT.same) await copyEntry(this.#work, directory, entry);
    return true;
  }

  /** Further names of the same inode are to be names of this copy. */
  async #rememberCopy(directory: TreePath, path: TreePath, entry: Entry): Promise<void> {
    const { worklist, writer, signal } = this.#work;
    const { inode } = await compareOne(writer, directory, entry, signal);
    const known = worklist.linkOf(entry.ino);
    if (known === null) worklist.addLink(entry.ino, { path, inode });
    else if (known.inode !== inode) {
      // A scan of a directory that moved has met another copy meanwhile, under a name that it has long had.
      await writer.remove(path, signal);
      const isLinked = await writer.link(known.path, path, entry, signal);
      if (!isLinked) await copyEntry(this.#work, directory, entry);
    }
  }
}
