import { workerData } from 'node:worker_threads';
import { asBuffer, unpackBlobs } from '../../../core/blobs.ts';
import { serve } from '../../../lib/worker-serve.ts';
import { punchHole, syncFilesystem } from '../../../native/libc-files.ts';
import { setXattr } from '../../../native/libc-xattr.ts';
import { compareBatch } from './compare-batch.ts';
import { Directories, type Shared } from './directories.ts';
import { RECORD_XATTR } from './entry-record.ts';
import { unpackTask } from './entry-task.ts';
import { finishLargeFile, openLargeFile } from './large-file.ts';
import { countNames, nextBatch, openList } from './list-names.ts';
import { link, makeDirectory, move } from './names.ts';
import { putFile } from './put-file.ts';
import { putSpecial } from './put-special.ts';
import { emptySome, removeSome } from './remove-names.ts';
import { setMetadata } from './set-metadata.ts';

/** What each thread of a writer is given. */
export interface TreeWorkerData {
  /** The open top of the filesystem; descriptors are the whole process's. */
  readonly root: number;
  readonly shared: Shared;
  /** Bytes of a block of the filesystem. */
  readonly recordSize: number;
  /** Of the snapshot that is copied; see `snapshotTag`. */
  readonly tag: Uint8Array;
}

const { root, shared, recordSize, tag } = workerData as TreeWorkerData;
const directories = new Directories(root, shared);

// A directory that stays open would keep the filesystem mounted.
process.once('exit', () => directories.close());

/** Each operation sees the directories where they are when it begins. */
function fresh<Args extends unknown[], Result>(operation: (...args: Args) => Result) {
  return (...args: Args): Result => {
    directories.refresh();
    return operation(...args);
  };
}

const handlers = {
  compare: fresh((path: Uint8Array, count: number, bytes: Uint8Array) =>
    compareBatch(directories, asBuffer(path), count, asBuffer(bytes), asBuffer(tag)),
  ),
  openList: (path: Uint8Array) => openList(root, asBuffer(path)),
  nextBatch,
  count: (path: Uint8Array) => countNames(root, asBuffer(path)),
  makeDirectory: fresh((path: Uint8Array, entry: Uint8Array) =>
    makeDirectory(directories, asBuffer(path), asBuffer(entry)),
  ),
  putFile: fresh((task: Uint8Array) => putFile(directories, unpackTask(task), recordSize)),
  openFile: fresh((task: Uint8Array) => openLargeFile(directories, unpackTask(task))),
  finishFile: (fd: number, task: Uint8Array) => finishLargeFile(fd, unpackTask(task)),
  setRecord: (fd: number, record: Uint8Array) => setXattr(fd, RECORD_XATTR, asBuffer(record)),
  punch: (fd: number, offset: number, length: number) => punchHole(fd, offset, length),
  putSpecial: fresh((task: Uint8Array) => putSpecial(directories, unpackTask(task))),
  setMetadata: fresh((task: Uint8Array, links: boolean) =>
    setMetadata(directories, unpackTask(task), links),
  ),
  link: fresh((packed: Uint8Array) => {
    const [existing, path, entry] = unpackBlobs(packed);
    if (!existing || !path || !entry) throw new Error('a task came incomplete');
    return link(directories, existing, path, entry);
  }),
  move: fresh((from: Uint8Array, to: Uint8Array) =>
    move(directories, asBuffer(from), asBuffer(to)),
  ),
  remove: fresh((path: Uint8Array) => removeSome(directories, asBuffer(path))),
  empty: () => emptySome(root),
  sync: () => syncFilesystem(root),
};

/** The methods by name, for who calls them. */
export type TreeWorkerMethod = keyof typeof handlers;

serve(handlers, (result) => (result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : []));
