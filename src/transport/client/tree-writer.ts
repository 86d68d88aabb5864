import { packBlobs } from '../../core/blobs.ts';
import { type Entry, encodeEntry, type TreePath } from '../../core/entry.ts';
import { unpackNames } from '../../core/name-list.ts';
import type { FileWriter, TreeOrder, TreeWriter } from '../../core/tree.ts';
import { unpackComparison } from '../protocol/comparison.ts';
import { packTask } from '../protocol/entry-task.ts';
import { TREE_REQUESTS, type TreeRequests } from '../protocol/requests.ts';
import type { PlaceOf } from '../protocol/schemas.ts';
import { agree } from './agree.ts';
import { newId } from './caller.ts';
import { type Remote, relativeName } from './catalog.ts';
import { createRemoteFile } from './remote-file.ts';
import { openTransfer, type Transfer } from './transfer.ts';

const NEVER = new AbortController().signal;

/** Opens the transfer of a directory tree to a sink. */
export async function beginTree(
  remote: Remote,
  on: PlaceOf,
  dataset: string,
  order: TreeOrder,
  signal: AbortSignal,
): Promise<TreeWriter> {
  const session = newId();
  const lock = remote.locks.get(order.source) ?? null;
  const { told, packer } = await agree(remote, signal);
  const about = {
    on,
    dataset: await relativeName(remote, dataset, signal),
    session,
    lock,
    ...told,
  };
  const written = { ...order, youngSince: String(order.youngSince) };
  const begun = await remote.caller.call('begin-tree', { ...about, order: written }, signal);
  const { pieces, requests: requestsAtOnce } = begun;
  const requests = TREE_REQUESTS;
  const opened = { remote, requests, session, pieces, requestsAtOnce, packer };
  const transfer = await openTransfer(opened);
  return createTreeWriter(transfer, begun);
}

function createTreeWriter(
  transfer: Transfer<TreeRequests>,
  { isUntouched, limbo, reserved }: Pick<TreeWriter, 'isUntouched' | 'limbo' | 'reserved'>,
): TreeWriter {
  let lists = 0;
  let files = 0;

  async function* list(directory: TreePath, signal: AbortSignal) {
    const list = lists++;
    let isOpen = true;
    try {
      let next = await transfer.ask('list', { list }, { signal, body: packBlobs([directory]) });
      for (;;) {
        isOpen = next.head.more;
        if (!isOpen) return;
        yield unpackNames(next.body);
        next = await transfer.ask('list-more', { list }, { signal });
      }
    } finally {
      if (isOpen)
        await transfer.ask('list-close', { list }, { signal: NEVER }).catch(() => undefined);
    }
  }

  async function openFile(path: TreePath, entry: Entry, signal: AbortSignal): Promise<FileWriter> {
    const file = files++;
    const body = packBlobs([path, encodeEntry(entry)]);
    const { head } = await transfer.ask('open-file', { file }, { signal, body });
    return createRemoteFile(transfer, file, head.from);
  }

  return {
    isUntouched,
    limbo,
    reserved,
    async compare(directory, { count, bytes }, signal) {
      const body = packBlobs([directory, bytes]);
      const { body: packed } = await transfer.ask('compare', { count }, { signal, body });
      return unpackComparison(packed, count);
    },
    list,
    async count(directory, signal) {
      const body = packBlobs([directory]);
      return (await transfer.ask('count', {}, { signal, body })).head.count;
    },
    async makeDirectory(path, entry, signal) {
      const body = packBlobs([path, encodeEntry(entry)]);
      await transfer.ask('make-directory', {}, { signal, body });
    },
    async putFile(path, entry, details, signal) {
      const body = packTask(path, entry, details);
      return (await transfer.ask('put-file', {}, { signal, body })).head.written;
    },
    openFile,
    async putSpecial(path, entry, details, signal) {
      await transfer.ask('put-special', {}, { signal, body: packTask(path, entry, details) });
    },
    async setMetadata(path, entry, details, links, signal) {
      await transfer.ask(
        'set-metadata',
        { links },
        { signal, body: packTask(path, entry, details) },
      );
    },
    async link(existing, path, entry, signal) {
      const body = packBlobs([existing, path, encodeEntry(entry)]);
      return (await transfer.ask('link', {}, { signal, body })).head.linked;
    },
    async move(from, to, signal) {
      await transfer.ask('move', {}, { signal, body: packBlobs([from, to]) });
    },
    async remove(path, signal, onPart) {
      await transfer.ask('remove', {}, { signal, body: packBlobs([path]), onNote: onPart });
    },
    commit: (scan, signal) => transfer.commit(scan, signal),
    [Symbol.asyncDispose]: () => transfer[Symbol.asyncDispose](),
  };
}
