import { type Entry, joinPath, type TreePath } from '../../core/entry.ts';
import { Ceph2zfsError } from '../../core/errors.ts';
import { VERDICT } from '../../core/tree.ts';
import { Group } from '../../lib/slots.ts';
import { type Compared, comparedOf } from './batch.ts';
import { copyEntry } from './copy-entry.ts';
import { NameCollector } from './names.ts';
import { isReserved, refuseReserved } from './reserved.ts';
import type { Beneath, TreeWork } from './work.ts';

/** A directory that has a copy under its name. */
export interface KnownDirectory {
  readonly path: TreePath;
  readonly entry: Entry;
  /** Whether its own metadata is what is on record. */
  readonly isSame: boolean;
  /** What is on record about hard links beneath it. */
  readonly hadLinks: boolean;
  /** Whether its rctime may be believed: not inside a directory that was moved. */
  readonly mayPrune: boolean;
}

/**
 * Compares a directory, and all beneath it, with its copy. What changed in place is copied at once; what has
 * no copy under its name is put off; and what is no more under its name goes to the limbo, from where it may
 * get its new name. Only when all of that is known is anything copied anew, so that what was renamed is found.
 */
export async function scanDirectory(work: TreeWork, directory: KnownDirectory): Promise<Beneath> {
  const { path, entry, isSame, hadLinks } = directory;
  const beneath: Beneath = { links: false, isOpen: false };
  if (await isPrunable(work, directory)) {
    work.counts.pruned++;
    return beneath;
  }
  work.counts.scanned++;
  let isChanged = !isSame;
  const isListed = await work.failures.attempt(path, work.signal, async () => {
    isChanged = (await scanEntries(work, directory, beneath)) || isChanged;
  });
  // Of one that could not be listed nothing new is known: its record stays as it is.
  if (isListed && (isChanged || beneath.isOpen || beneath.links !== hadLinks)) {
    work.worklist.addUnfinished({ path, entry, links: beneath.links }, hadLinks, isChanged);
  }
  return beneath;
}

/** Whether the base has all that is in the directory and beneath it. */
async function isPrunable(
  { watermark, snapshot, signal }: TreeWork,
  { path, isSame, hadLinks, mayPrune }: KnownDirectory,
): Promise<boolean> {
  if (watermark === null || !mayPrune || path.length === 0 || !isSame) return false;
  // A write through another name of a file does not move the rctime here.
  if (hadLinks) return false;
  try {
    return (await snapshot.changedAt(path, signal)) < watermark;
  } catch (error) {
    signal.throwIfAborted();
    // Who does not say when it changed has to be looked at.
    if (error instanceof Ceph2zfsError) return false;
    throw error;
  }
}

/** Tells whether names in the directory came or went. */
async function scanEntries(
  work: TreeWork,
  directory: KnownDirectory,
  beneath: Beneath,
): Promise<boolean> {
  const { snapshot, writer, limbo, worklist, counts, signal } = work;
  const { path } = directory;
  using names = new NameCollector(worklist);
  const group = new Group();
  let isChanged = false;
  /** Names that are on both sides now. */
  let common = 0;
  try {
    for await (const batch of snapshot.list(path, signal)) {
      const comparison = await writer.compare(path, batch, signal);
      counts.compared += batch.count;
      work.tell();
      for (const compared of comparedOf(batch, comparison)) {
        names.add(compared.entry.name);
        if (isReserved(work, path, compared.entry)) {
          await refuseReserved(work, path, compared.entry);
        } else if (await lookAt(work, directory, compared, beneath, group)) common++;
        else isChanged = true;
      }
    }
  } finally {
    await group.done();
  }
  // As many names as are on both sides: then there are no others.
  if ((await writer.count(path, signal)) === common) return isChanged;
  await names.complete(snapshot.list(path, signal), work.tell);
  for await (const batch of writer.list(path, signal)) {
    for (const { name, ino, type } of batch) {
      work.tell();
      if (names.has(name)) continue;
      await limbo.detach(joinPath(path, name), ino, type);
      counts.removed++;
      isChanged = true;
    }
  }
  return isChanged;
}

/** Deals with one entry. False when there is nothing under its name on the target (any more). */
async function lookAt(
  work: TreeWork,
  { path: directory, mayPrune }: KnownDirectory,
  { entry, verdict, inode, links }: Compared,
  beneath: Beneath,
  group: Group,
): Promise<boolean> {
  const { worklist, limbo, directories, entries } = work;
  const path = joinPath(directory, entry.name);
  const hasCopy = verdict !== VERDICT.absent && verdict !== VERDICT.other;
  const isLinked = entry.nlink > 1;
  // Of one that lost its first name, elsewhere, a write does not move the rctime here before the MDS has made this
  // name the first: it is looked at once more, which makes the MDS do so.
  const wasLinked = entry.type !== 'directory' && links;
  if (isLinked || wasLinked) beneath.links = true;
  const name = isLinked && hasCopy ? nameOfLinked(work, path, entry, inode) : 'first';
  if (verdict === VERDICT.other) await limbo.detach(path, inode, null);
  else if (name === 'stranger') await limbo.detach(path, entry.ino, entry.type);
  if (!hasCopy || name === 'stranger') {
    worklist.defer(directory, entry);
    beneath.isOpen = true;
    return false;
  }
  if (entry.type === 'directory') {
    const isSame = verdict === VERDICT.same;
    const known = { path, entry, isSame, hadLinks: links, mayPrune };
    await group.branch(directories, async () => {
      const below = await scanDirectory(work, known);
      beneath.links ||= below.links;
      beneath.isOpen ||= below.isOpen;
    });
  } else if (verdict !== VERDICT.same && name !== 'further') {
    await group.queue(entries, async () => {
      await work.failures.attempt(path, work.signal, async () => {
        await copyEntry(work, directory, entry);
        work.counts[verdict === VERDICT.young ? 'rechecked' : 'changed']++;
      });
      work.tell();
    });
  }
  return true;
}

/**
 * What the name of an entry with several hard links is on the target. Names of one inode on the source must be
 * names of one inode there: of the first one that is met. What is done to that is done to all of them.
 */
function nameOfLinked(
  { worklist }: TreeWork,
  path: TreePath,
  entry: Entry,
  inode: bigint,
): 'first' | 'further' | 'stranger' {
  if (inode === 0n) return 'first';
  const known = worklist.linkOf(entry.ino);
  if (known === null) {
    worklist.addLink(entry.ino, { path, inode });
    return 'first';
  }
  return known.inode === inode ? 'further' : 'stranger';
}
