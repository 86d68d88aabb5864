import { packBlobs } from '../../../core/blobs.ts';
import { type Entry, type EntryDetails, encodeEntry, type TreePath } from '../../../core/entry.ts';
import { unpackNames } from '../../../core/name-list.ts';
import type { CommitRecord, ScanRecord, TargetSnapshot } from '../../../core/target.ts';
import type { Comparison, FileWriter, TreeOrder, TreeWriter } from '../../../core/tree.ts';
import type { BufferPool } from '../../../lib/buffer-pool.ts';
import { createWorkerPool } from '../../../lib/worker-pool.ts';
import { rebuildErrno } from '../../../native/crossed-errno.ts';
import { closeFd } from '../../../native/libc-files.ts';
import type { ComparedBatch } from './compare-batch.ts';
import { createShared } from './directories.ts';
import { ANY_SNAPSHOT, encodeRecord, snapshotTag } from './entry-record.ts';
import { packTask } from './entry-task.ts';
import { createFileWriter } from './file-writer.ts';
import type { OpenedFile } from './large-file.ts';
import { RESERVED } from './list-names.ts';
import { LIMBO } from './names.ts';
import { treeError } from './tree-error.ts';
import type { TreeWorkerData, TreeWorkerMethod } from './worker.ts';

/** The filesystem that is written to, while it is mounted. */
export interface Mounted {
  readonly dataset: string;
  /** Its top, open for reading. */
  readonly root: number;
  /** Bytes of a block. */
  readonly recordSize: number;
  /** Unmounts and protects it: from then on nobody can write to it. Safe to repeat. */
  rest(): Promise<void>;
  /** Makes the snapshot that is the commit; it has come to rest before. */
  takeSnapshot(record: CommitRecord, signal: AbortSignal): Promise<void>;
}

export interface TreeWriterOptions {
  readonly order: TreeOrder;
  readonly mounted: Mounted;
  readonly isUntouched: boolean;
  /** Buffers for reading large files, to compare. */
  readonly pool: BufferPool;
  /** Threads that make the system calls. */
  readonly threads: number;
}

/** A {@link TreeWriter} that can also be emptied, before anyone else has it. */
export interface ZfsTreeWriter extends TreeWriter {
  empty(signal: AbortSignal): Promise<void>;
}

const WORKER = new URL('./worker.ts', import.meta.url);
const TOP: TreePath = Buffer.alloc(0);
/** For what must be done also when the rest is given up. */
const NEVER = new AbortController().signal;
const NO_DETAILS: EntryDetails = { xattrs: [], linkTarget: null, settings: {}, data: null };

/**
 * Writes one transfer into a mounted filesystem, and commits it. The system calls are made in threads, each
 * operation whole in one message: a call takes a microsecond, and a way through libuv would take sixty.
 */
export function createTreeWriter(options: TreeWriterOptions): ZfsTreeWriter {
  const { order, mounted, pool } = options;
  const { dataset, root, recordSize } = mounted;
  const tag = snapshotTag(order.snapshot.id);
  const workerData: TreeWorkerData = { root, shared: createShared(), recordSize, tag };
  const threads = createWorkerPool({
    url: WORKER,
    count: options.threads,
    workerData,
    rebuild: rebuildErrno,
  });
  /** Descriptors of listings, which are the whole process's. */
  const opened = new Set<number>();
  const files = new Set<FileWriter>();
  let closing: Promise<void> | undefined;

  async function call<Result>(
    method: TreeWorkerMethod,
    path: TreePath,
    args: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Result> {
    signal.throwIfAborted();
    const transfer = args.filter((arg) => arg instanceof Uint8Array).map(memoryOf);
    try {
      return await threads.call<Result>(method, args, { transfer });
    } catch (error) {
      throw treeError(dataset, path, error);
    }
  }

  function tagOf({ ctime }: Entry): Buffer {
    return ctime >= order.youngSince ? tag : ANY_SNAPSHOT;
  }

  function taskOf(path: TreePath, entry: Entry, details: EntryDetails): Uint8Array<ArrayBuffer> {
    return packTask(path, encodeEntry(entry), tagOf(entry), details);
  }

  function release(fd: number): void {
    if (opened.delete(fd)) closeFd(fd);
  }

  async function* list(directory: TreePath, signal: AbortSignal) {
    const fd = await call<number | null>('openList', directory, [own(directory)], signal);
    if (fd === null) return;
    opened.add(fd);
    try {
      for (;;) {
        const args = [fd, directory.length === 0];
        const packed = await call<Uint8Array | null>('nextBatch', directory, args, signal);
        if (packed === null) return;
        const names = unpackNames(packed);
        if (names.length > 0) yield names;
      }
    } finally {
      release(fd);
    }
  }

  async function openFile(path: TreePath, entry: Entry, signal: AbortSignal): Promise<FileWriter> {
    const task = taskOf(path, entry, NO_DETAILS);
    const file = await call<OpenedFile>('openFile', path, [task], signal);
    const writer = createFileWriter({
      file,
      recordSize,
      pool,
      explain: (error) => treeError(dataset, path, error),
      punch: (offset, length, signal) => call('punch', path, [file.fd, offset, length], signal),
      checkpoint: (offset, signal) => {
        const state = { complete: false, links: false, doneTo: offset, tag: tagOf(entry) };
        const record = encodeRecord(encodeEntry(entry), state);
        return call('setRecord', path, [file.fd, own(record)], signal);
      },
      finish: async (details) => {
        files.delete(writer);
        // The thread closes it, also when it fails.
        await call('finishFile', path, [file.fd, taskOf(path, entry, details)], NEVER);
      },
      close: () => {
        files.delete(writer);
        closeFd(file.fd);
      },
    });
    files.add(writer);
    return writer;
  }

  async function remove(path: TreePath, signal: AbortSignal, onPart?: () => void): Promise<void> {
    // A part of it is gone each time, and others had their turn.
    while (!(await call<boolean>('remove', path, [own(path)], signal))) onPart?.();
  }

  async function empty(signal: AbortSignal): Promise<void> {
    while (!(await call<boolean>('empty', TOP, [], signal))) {
      // A part of it is gone.
    }
  }

  async function closeOnce(): Promise<void> {
    // Each step is taken also when one before it failed; the last in here is the first to be taken.
    await using steps = new AsyncDisposableStack();
    // 4. Whatever happened, nobody may write to it any more.
    steps.defer(() => mounted.rest());
    // 3. Nothing in the filesystem may be open when it is unmounted.
    steps.defer(() => {
      for (const fd of opened) release(fd);
    });
    // 2. The threads end, and close the directories that they have open.
    steps.use(threads);
    // 1. Files that were not finished are closed, once nothing is written to them any more.
    steps.defer(async () => {
      for (const file of files) await file[Symbol.asyncDispose]();
    });
  }

  function close(): Promise<void> {
    return (closing ??= closeOnce());
  }

  async function commit(scan: ScanRecord, signal: AbortSignal): Promise<TargetSnapshot> {
    await call('sync', TOP, [], signal);
    await close();
    const { source, identity, snapshot, size, base, description } = order;
    const { name, id } = snapshot;
    const record = { source, identity, snapshot: { name, id }, size, base, description, scan };
    await mounted.takeSnapshot(record, signal);
    return { name, record };
  }

  return {
    isUntouched: options.isUntouched,
    limbo: LIMBO,
    reserved: RESERVED,
    compare: async (directory, { count, bytes }, signal): Promise<Comparison> =>
      call<ComparedBatch>('compare', directory, [own(directory), count, own(bytes)], signal),
    list,
    count: (directory, signal) => call('count', directory, [own(directory)], signal),
    makeDirectory: (path, entry, signal) =>
      call('makeDirectory', path, [own(path), own(encodeEntry(entry))], signal),
    putFile: (path, entry, details, signal) =>
      call('putFile', path, [taskOf(path, entry, details)], signal),
    openFile,
    putSpecial: (path, entry, details, signal) =>
      call('putSpecial', path, [taskOf(path, entry, details)], signal),
    setMetadata: (path, entry, details, links, signal) =>
      call('setMetadata', path, [taskOf(path, entry, details), links], signal),
    link: (existing, path, entry, signal) =>
      call('link', path, [packBlobs([existing, path, encodeEntry(entry)])], signal),
    move: (from, to, signal) => call('move', to, [own(from), own(to)], signal),
    remove,
    empty,
    commit,
    [Symbol.asyncDispose]: close,
  };
}

/** A copy in memory of its own, which is moved to the thread. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function memoryOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer as ArrayBuffer;
}
