import type { TreeFile } from '../../core/tree.ts';
import type { Pointer } from '../../native/call.ts';
import { readFileAsync } from '../../native/cephfs-file.ts';
import { CephError } from '../ceph/errors.ts';
import { Operations } from '../ceph/operations.ts';
import type { Call } from './calls.ts';
import { cephfsHint, translatingCephfs } from './translate.ts';

export interface FileOptions {
  readonly call: Call;
  /** Of the mount. */
  readonly handle: Pointer;
  readonly fd: number;
  /** What it is, for messages. */
  readonly label: string;
  /** Lets the snapshot be closed. */
  readonly release: () => void;
}

/** A file of a snapshot. */
export class CephfsFile implements TreeFile {
  readonly #options: FileOptions;
  readonly #reads = new Operations();
  #closing: Promise<void> | undefined;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closing !== undefined) throw new Error(`${this.#options.label} is closed`);
    if (length > into.length) throw new RangeError('the buffer is too small');
    const reading = this.#read(offset, into.subarray(0, length), signal);
    this.#reads.track(reading);
    // Not given up at an abort: the buffer is in use until the call returns.
    await reading;
  }

  async #read(offset: number, into: Buffer, signal: AbortSignal): Promise<void> {
    const { handle, fd, label } = this.#options;
    const what = `cannot read ${into.length} bytes at ${offset} of ${label}`;
    const context = { what, missing: 'entry-missing', otherwise: 'read-failed' } as const;
    for (let done = 0; done < into.length; ) {
      signal.throwIfAborted();
      const rest = into.subarray(done);
      const length = await translatingCephfs(context, () =>
        readFileAsync(handle, fd, offset + done, rest),
      );
      if (length === 0) {
        const message = `${what}: got ${done} bytes`;
        throw new CephError('read-failed', message, { hint: cephfsHint('read-failed') });
      }
      done += length;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { call, handle, fd, label, release } = this.#options;
    await this.#reads.settle();
    try {
      await translatingCephfs({ what: `cannot close ${label}` }, () =>
        call('closeFile', handle, fd),
      );
    } finally {
      release();
    }
  }
}
