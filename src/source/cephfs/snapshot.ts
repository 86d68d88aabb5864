import {
  type Entry,
  type EntryBatch,
  type EntryDetails,
  readEntry,
  type TreePath,
} from '../../core/entry.ts';
import type { DirectorySnapshot, TreeFile, TreeSnapshot } from '../../core/tree.ts';
import { printable } from '../../lib/printable.ts';
import type { Pointer } from '../../native/call.ts';
import type { Mount } from '../../native/cephfs-mount.ts';
import { CephError } from '../ceph/errors.ts';
import { Operations } from '../ceph/operations.ts';
import { toBuffer } from './bytes.ts';
import type { Call } from './calls.ts';
import { closeLate, settleCalls } from './closing.ts';
import type { DirectoryContext, FilesystemContext } from './context.ts';
import { TOP } from './describe.ts';
import { CephfsFile } from './file.ts';
import { listBatches } from './listing.ts';
import { Nudge } from './nudge.ts';
import { cPath } from './path.ts';
import { readSnapshots, snapshotMissing } from './read-snapshots.ts';
import { parseTime } from './times.ts';
import { translatingCephfs } from './translate.ts';
import type { DetailsAnswer } from './worker-details.ts';

export interface SnapshotOptions {
  readonly directory: DirectoryContext;
  readonly snapshot: DirectorySnapshot;
  /** Its own, whose relative paths begin at the snapshot. */
  readonly mount: Mount;
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>>;
}

/** A snapshot that is open for reading. */
export class CephfsSnapshot implements TreeSnapshot {
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly #options: SnapshotOptions;
  readonly #filesystem: FilesystemContext;
  readonly #call: Call;
  readonly #handle: Pointer;
  readonly #operations = new Operations();
  /** The connection must stay open as long as the mount is. */
  readonly #release: () => void;
  #closing: Promise<void> | undefined;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.size = options.size;
    this.description = options.description;
    this.#filesystem = options.directory.filesystem;
    this.#call = this.#filesystem.call;
    this.#handle = options.mount.handle;
    this.#release = this.#filesystem.operations.hold();
  }

  async top(signal: AbortSignal): Promise<Entry> {
    const bytes = await this.#run(signal, 'look at', Buffer.alloc(0), () =>
      this.#call('topEntry', this.#handle, cPath(TOP)),
    );
    return readEntry(toBuffer(bytes), 0);
  }

  list(directory: TreePath, signal: AbortSignal): AsyncIterable<EntryBatch> {
    return listBatches(
      {
        call: this.#call,
        handle: this.#handle,
        operations: this.#operations,
        path: pathOf(directory),
        nudge: new Nudge(this.#options.directory, directory),
        pace: (entries) => this.#filesystem.pace(entries, signal),
      },
      (work) => this.#run(signal, 'list', directory, work),
    );
  }

  async changedAt(directory: TreePath, signal: AbortSignal): Promise<bigint> {
    return this.#run(signal, 'find out what changed in', directory, async () => {
      const path = pathOf(directory);
      const text = await this.#call('readAttribute', this.#handle, path, 'ceph.dir.rctime');
      return parseTime(text ?? '');
    });
  }

  async details(
    path: TreePath,
    { type, size }: Entry,
    dataUpTo: number,
    signal: AbortSignal,
  ): Promise<EntryDetails> {
    const { defaultLayout } = this.#filesystem;
    const request = { path: pathOf(path), type, size, dataUpTo, defaultLayout };
    const answer = await this.#run(signal, 'read', path, () =>
      this.#call('readDetails', this.#handle, request),
    );
    return detailsOf(answer);
  }

  async openFile(path: TreePath, signal: AbortSignal): Promise<TreeFile> {
    let opening: Promise<CephfsFile> | undefined;
    const open = async () => {
      const fd = await this.#call('openFile', this.#handle, pathOf(path));
      return new CephfsFile({
        call: this.#call,
        handle: this.#handle,
        fd,
        label: this.#label(path),
        release: this.#operations.hold(),
      });
    };
    try {
      return await this.#run(signal, 'open', path, () => {
        opening = open();
        return opening;
      });
    } catch (error) {
      if (opening !== undefined) this.#operations.track(closeLate(opening));
      throw error;
    }
  }

  #run<Result>(
    signal: AbortSignal,
    verb: string,
    path: TreePath,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const context = {
      what: `cannot ${verb} ${this.#label(path)}`,
      missing: 'entry-missing',
      otherwise: 'read-failed',
      meanings: {
        ESTALE: ['entry-missing', 'it is not there any more'],
        ENOTDIR: ['entry-missing', 'a part of the path is no directory'],
      },
    } as const;
    return this.#operations.run(signal, async () => {
      try {
        return await translatingCephfs(context, work);
      } catch (error) {
        throw await this.#gone(error);
      }
    });
  }

  /** Nothing vanishes from a snapshot: if an entry did, then most likely the snapshot did. */
  async #gone(error: unknown): Promise<unknown> {
    if (!(error instanceof CephError) || error.code !== 'entry-missing') return error;
    const { directory, snapshot } = this.#options;
    try {
      const all = await readSnapshots(directory);
      return all.some(({ id }) => id === snapshot.id)
        ? error
        : snapshotMissing(directory, snapshot);
    } catch (why) {
      return why;
    }
  }

  /** An entry for the operator: `home/file in /volumes/a@snapshot`. */
  #label(path: TreePath): string {
    const { directory, snapshot } = this.#options;
    const tree = `${directory.name}@${snapshot.name}`;
    return path.length === 0 ? tree : `${printable(path.toString())} in ${tree}`;
  }

  /**
   * Waits for what still uses the snapshot, files and listings that are open among them. To unmount it takes a
   * second, in which there is nothing to wait for but for who closes the connection.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // What still uses the mount would crash without it: then it is left to the process's end.
    if (!(await settleCalls(this.#operations))) return;
    void closeLate(Promise.resolve(this.#options.mount)).finally(this.#release);
  }
}

function pathOf(path: TreePath): Uint8Array {
  return cPath(path.length === 0 ? TOP : path);
}

function detailsOf({ xattrs, linkTarget, settings, data }: DetailsAnswer): EntryDetails {
  return {
    xattrs: xattrs.map(([name, value]) => [toBuffer(name), toBuffer(value)] as const),
    linkTarget: linkTarget === null ? null : toBuffer(linkTarget),
    settings,
    data: data === null ? null : toBuffer(data),
  };
}
