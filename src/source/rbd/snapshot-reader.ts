import type { DiffMode, DiffResult, ImageSnapshot, VolumeSnapshot } from '../../core/volume.ts';
import { ImageReader } from '../../native/rbd-reader.ts';
import { CephError } from '../ceph/errors.ts';
import { Operations } from '../ceph/operations.ts';
import { translate, translating } from '../ceph/translate.ts';
import type { OpenSnapshot, VolumeContext } from './context.ts';
import { describeImage } from './describe.ts';
import { diffImage } from './diff-image.ts';
import type { ImageHandle } from './image-handle.ts';
import { formatImageName } from './name.ts';
import { toBytes } from './size.ts';

/** Opens a reader on what `open` opens: a snapshot, or the head when `snapshot` is null. */
export async function openReader(
  context: VolumeContext,
  snapshot: ImageSnapshot | null,
  signal: AbortSignal,
  open: () => Promise<ImageHandle>,
): Promise<VolumeSnapshot> {
  let reader: Promise<RbdSnapshotReader> | undefined;
  try {
    return await context.operations.run(signal, () => {
      reader = makeReader(context, snapshot, open);
      return reader;
    });
  } catch (error) {
    // Nobody takes the reader any more, should it still be opened.
    if (reader !== undefined) context.operations.track(closeLate(reader));
    throw error;
  }
}

async function closeLate(opening: Promise<AsyncDisposable>): Promise<void> {
  try {
    await using _ = await opening;
  } catch {
    // Nobody waits for it, so nobody wants to know.
  }
}

async function makeReader(
  context: VolumeContext,
  snapshot: ImageSnapshot | null,
  open: () => Promise<ImageHandle>,
): Promise<RbdSnapshotReader> {
  const name = formatImageName(context.name);
  const label = snapshot === null ? name : `${name}@${snapshot.name}`;
  const handle = await open();
  try {
    return await translating({ what: `cannot read image ${label}` }, async () => {
      const size = toBytes(handle.image.size(), label);
      const group = snapshot?.group ?? null;
      const description = {
        ...(await describeImage(context.cluster, handle)),
        // A restore brings back together what was snapshotted together.
        ...(group === null ? {} : { group }),
      };
      const reader = new ImageReader(handle.image);
      return new RbdSnapshotReader({
        context,
        snapshot,
        label,
        handle,
        size,
        description,
        reader,
      });
    });
  } catch (error) {
    await handle[Symbol.asyncDispose]();
    throw error;
  }
}

class RbdSnapshotReader implements VolumeSnapshot {
  readonly size: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly #open: OpenSnapshot;
  readonly #operations = new Operations();
  /** The connection must stay open as long as the image is. */
  readonly #release: () => void;

  constructor(open: OpenSnapshot) {
    this.#open = open;
    this.#release = open.context.operations.hold();
    this.size = open.size;
    this.description = open.description;
  }

  diff(base: ImageSnapshot | null, mode: DiffMode, signal: AbortSignal): Promise<DiffResult> {
    return this.#operations.run(signal, () => diffImage(this.#open, base, mode, signal));
  }

  async read(offset: number, length: number, into: Buffer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { label, reader } = this.#open;
    if (offset < 0 || length < 0 || offset + length > this.size || length > into.length) {
      const range = `${length} bytes at ${offset} of ${this.size}`;
      throw new CephError('read-failed', `cannot read ${label}: no such range: ${range}`);
    }
    if (length === 0) return;
    try {
      await reader.read(offset, length, into);
    } catch (error) {
      throw translate(error, {
        what: `cannot read ${length} bytes at ${offset} of ${label}`,
        missing: 'snapshot-missing',
        otherwise: 'read-failed',
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { reader, handle } = this.#open;
    // A diff that was given up still uses the image.
    await this.#operations.settle();
    try {
      await reader[Symbol.asyncDispose]();
    } finally {
      handle.io[Symbol.dispose]();
      this.#release();
    }
  }
}
