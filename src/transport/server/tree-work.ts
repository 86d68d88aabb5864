import { readDetails, unpackBlobs } from '../../core/blobs.ts';
import { type Entry, type EntryDetails, readEntry, type TreePath } from '../../core/entry.ts';
import type { Piece } from '../../core/extent.ts';
import { packNames } from '../../core/name-list.ts';
import type { FileWriter, TargetName, TreeWriter } from '../../core/tree.ts';
import { invalidMessage } from '../errors.ts';
import { packComparison } from '../protocol/comparison.ts';
import { unpackTask } from '../protocol/entry-task.ts';
import { requireBatch, requireTreePath } from '../protocol/names.ts';
import { TREE_REQUESTS } from '../protocol/requests.ts';
import { endedSession, type Reply } from './desk.ts';
import { createOpenFiles } from './open-files.ts';
import { requireBody } from './volume-work.ts';
import { createPlaces, decoded, dispatch, type Windows, type Work } from './work.ts';

export interface TreeWorkOptions {
  readonly writer: TreeWriter;
  readonly windows: Windows;
  readonly allocate: (bytes: number) => Buffer;
}

/** So many directories may be listed at once. */
const MAX_LISTS = 1024;

/** The transfer of a tree, as requests ask for it. */
export function createTreeWork({ writer, windows, allocate }: TreeWorkOptions): Work {
  const closing = new AbortController();
  const files = createOpenFiles();
  const lists = new Map<number, AsyncIterator<readonly TargetName[]>>();
  let bytesWritten = 0;

  function wrote(written: number): Reply & { head: { written: number } } {
    bytesWritten += written;
    return { head: { written } };
  }

  async function nextNames(list: number): Promise<Reply & { head: { more: boolean } }> {
    const names = lists.get(list);
    if (names === undefined) throw invalidMessage(`no list has the number ${list}`);
    const next = await names.next();
    if (next.done !== true) return { head: { more: true }, body: packNames(next.value) };
    lists.delete(list);
    return { head: { more: false } };
  }

  const perform = dispatch(TREE_REQUESTS, {
    async compare({ count }, { body, signal }) {
      const [directory, bytes] = blobsOf(body, 2);
      decoded(() => {
        requireTreePath(directory, 'top');
        requireBatch(directory, count, bytes);
      });
      const comparison = await writer.compare(directory, { count, bytes }, signal);
      return { body: packComparison(comparison) };
    },
    async list({ list }, { body }) {
      const [directory] = blobsOf(body, 1);
      requireTreePath(directory, 'top');
      if (lists.has(list) || lists.size >= MAX_LISTS) {
        throw invalidMessage(`list ${list} is open, or too many are`);
      }
      lists.set(list, writer.list(directory, closing.signal)[Symbol.asyncIterator]());
      return nextNames(list);
    },
    'list-more': ({ list }) => nextNames(list),
    async 'list-close'({ list }) {
      const names = lists.get(list);
      lists.delete(list);
      await names?.return?.();
      return {};
    },
    async count(_head, { body, signal }) {
      const [directory] = blobsOf(body, 1);
      requireTreePath(directory, 'top');
      return { head: { count: await writer.count(directory, signal) } };
    },
    async 'make-directory'(_head, { body, signal }) {
      const [path, bytes] = blobsOf(body, 2);
      requireTreePath(path, 'top');
      await writer.makeDirectory(path, entryOf(bytes), signal);
      return {};
    },
    async 'put-file'(_head, { body, signal }) {
      const { path, entry, details } = taskOf(body);
      return wrote(await writer.putFile(path, entry, details, signal));
    },
    async 'open-file'({ file }, { body, signal }) {
      const [path, bytes] = blobsOf(body, 2);
      requireTreePath(path);
      const entry = entryOf(bytes);
      const open = await files.open(file, entry.size, () => writer.openFile(path, entry, signal));
      return { head: { from: open.from } };
    },
    async 'write-file'({ file, ...range }, { body, place, signal }) {
      let piece: Piece;
      let writer: FileWriter;
      try {
        writer = files.get(file);
        files.requireInside(file, range.offset, range.length);
        requireBody(range, body);
        piece =
          place === null ? { ...range, kind: 'zero' } : { ...range, kind: 'data', lease: place };
      } catch (error) {
        place?.release();
        throw error;
      }
      return wrote(await writer.write(piece, signal));
    },
    async 'checkpoint-file'({ file, offset }, { signal }) {
      files.requireInside(file, offset, 0);
      await files.get(file).checkpoint(offset, signal);
      return {};
    },
    async 'finish-file'({ file }, { body, signal }) {
      const details = decoded(() => readDetails(unpackBlobs(body)));
      await files.get(file).finish(checkDetails(details), signal);
      return {};
    },
    async 'close-file'({ file }) {
      await files.close(file);
      return {};
    },
    async 'put-special'(_head, { body, signal }) {
      const { path, entry, details } = taskOf(body);
      await writer.putSpecial(path, entry, details, signal);
      return {};
    },
    async 'set-metadata'({ links }, { body, signal }) {
      const { path, entry, details } = taskOf(body, 'top');
      await writer.setMetadata(path, entry, details, links, signal);
      return {};
    },
    async link(_head, { body, signal }) {
      const [existing, path, bytes] = blobsOf(body, 3);
      requireTreePath(existing);
      requireTreePath(path);
      return { head: { linked: await writer.link(existing, path, entryOf(bytes), signal) } };
    },
    async move(_head, { body, signal }) {
      const [from, to] = blobsOf(body, 2);
      requireTreePath(from);
      requireTreePath(to);
      await writer.move(from, to, signal);
      return {};
    },
    async remove(_head, { body, signal, note }) {
      const [path] = blobsOf(body, 1);
      requireTreePath(path);
      await writer.remove(path, signal, note);
      return {};
    },
  });

  return {
    placeFor: createPlaces(TREE_REQUESTS, windows, allocate, closing.signal),
    perform,
    bytesWritten: () => bytesWritten,
    async commit(scan, signal) {
      if (scan === null) throw invalidMessage('a tree is committed without its scan');
      return writer.commit(scan, signal);
    },
    stop: async () => closing.abort(endedSession()),
    async close() {
      // Each step is taken also when one before it failed; the last in here is the first to be taken.
      await using steps = new AsyncDisposableStack();
      steps.use(writer);
      steps.use(files);
      steps.defer(async () => {
        for (const names of lists.values()) await names.return?.();
      });
    },
  };
}

type Tuple<Count extends number> = Count extends 1
  ? readonly [Buffer]
  : Count extends 2
    ? readonly [Buffer, Buffer]
    : readonly [Buffer, Buffer, Buffer];

/** The byte strings of a body: exactly so many. */
function blobsOf<Count extends 1 | 2 | 3>(body: Buffer, count: Count): Tuple<Count> {
  const blobs = decoded(() => unpackBlobs(body));
  if (blobs.length !== count || blobs.includes(null)) {
    throw invalidMessage(`the body of a request has not ${count} byte strings`);
  }
  return blobs as unknown as Tuple<Count>;
}

function entryOf(bytes: Buffer): Entry {
  const entry = decoded(() => readEntry(bytes, 0));
  if (Number.isSafeInteger(entry.size)) return entry;
  throw invalidMessage('an entry is larger than anything can be');
}

interface Task {
  readonly path: TreePath;
  readonly entry: Entry;
  readonly details: EntryDetails;
}

function taskOf(body: Buffer, top: 'top' | 'beneath' = 'beneath'): Task {
  const { path, entry, details } = decoded(() => unpackTask(body));
  requireTreePath(path, top);
  return { path, entry: entryOf(entry), details: checkDetails(details) };
}

/** The settings came as JSON: they are names with texts, and nothing else. */
function checkDetails(details: EntryDetails): EntryDetails {
  const { settings } = details as { readonly settings: unknown };
  const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  if (isObject && Object.values(settings).every((value) => typeof value === 'string')) {
    return details;
  }
  throw invalidMessage('the settings of an entry are none');
}
