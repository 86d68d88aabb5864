import { serve } from '../../lib/worker-serve.ts';
import type { Pointer } from '../../native/call.ts';
import { closeDirectory } from '../../native/cephfs-directory.ts';
import { closeFile, openFile } from '../../native/cephfs-file.ts';
import { enterDirectory, makeSnapshot, removeSnapshot } from '../../native/cephfs-snapshots.ts';
import { getXattr } from '../../native/cephfs-xattrs.ts';
import { memoryIn } from './bytes.ts';
import { cPath } from './path.ts';
import { readDetails } from './worker-details.ts';
import { beginList, continueList, topEntry } from './worker-entries.ts';
import { beginNudge, continueNudge } from './worker-nudge.ts';
import { findInode, findSnapshot, findSnapshots, subdirectories } from './worker-snapshots.ts';

/**
 * What a worker does: each a run of calls into libcephfs that block. Such a call costs about 1 µs in
 * the thread that makes it, and 60 µs when it is sent to one of libuv's threads.
 */
const handlers = {
  // The live filesystem.
  beginNudge,
  continueNudge,
  findInode,
  subdirectories,
  findSnapshot,
  findSnapshots,
  makeSnapshot: (mount: Pointer, path: string, name: string) =>
    makeSnapshot(mount, cPath(path), name),
  removeSnapshot: (mount: Pointer, path: string, name: string) =>
    removeSnapshot(mount, cPath(path), name),

  // Within a snapshot.
  enterDirectory: (mount: Pointer, path: string) => enterDirectory(mount, cPath(path)),
  topEntry,
  beginList,
  continueList,
  endList: closeDirectory,
  readDetails,
  openFile,
  closeFile,

  /** An attribute of Ceph's own, which is text. */
  readAttribute: (mount: Pointer, path: Uint8Array, name: string) =>
    getXattr(mount, path, cPath(name))?.toString() ?? null,
};

export type WorkerHandlers = typeof handlers;

serve(handlers, memoryIn);
