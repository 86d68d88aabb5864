import { MAX_PIECE_BYTES, type Piece } from '../../core/extent.ts';
import { packNames } from '../../core/name-list.ts';
import type { FileWriter, TargetName, TreeWriter } from '../../core/tree.ts';
import { createBudget } from '../../lib/budget.ts';
import { invalidMessage } from '../errors.ts';
import { packComparison } from '../protocol/comparison.ts';
import { MAX_REPLIES_BYTES, MAX_TASK_BLOBS } from '../protocol/limits.ts';
import { requireBatch, requireTreePath } from '../protocol/names.ts';
import { TREE_REQUESTS } from '../protocol/requests.ts';
import { endedSession, type Reply } from './desk.ts';
import type { TransferMemory } from './memory.ts';
import { createOpenFiles } from './open-files.ts';
import { createPlaces } from './places.ts';
import { admitBlobs, blobsOf, detailsOf, entryOf, taskOf } from './tree-bodies.ts';
import { requireBody } from './volume-work.ts';
import { decoded, dispatch, type Work } from './work.ts';

export interface TreeWorkOptions {
  readonly writer: TreeWriter;
  readonly memory: TransferMemory;
}

/** So many directories may be listed at once. */
const MAX_LISTS = 64;

/** What a transfer has of the bodies of requests, apart from data, in memory at once. */
const BODIES_BYTES = 4 * 1024 * 1024;

/** What a tree's transfer needs beside its data, in pieces: for bodies, and for replies. */
export const TREE_BESIDE = Math.ceil((BODIES_BYTES + MAX_REPLIES_BYTES) / MAX_PIECE_BYTES);

/** The transfer of a tree, as requests ask for it. */
export function createTreeWork({ writer, memory }: TreeWorkOptions): Work {
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

  const perform = dispatch(
    TREE_REQUESTS,
    {
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
        await files.get(file).finish(detailsOf(body), signal);
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
    },
    admitBlobs(createBudget(MAX_TASK_BLOBS)),
  );

  return {
    placeFor: createPlaces(TREE_REQUESTS, memory, createBudget(BODIES_BYTES), closing.signal),
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
