import { callAsync, type NativeFunction, type Pointer } from './call.ts';
import { check } from './errno.ts';
import type { IoContext } from './rados.ts';
import { rbd } from './rbd-functions.ts';
import { cString } from './strings.ts';

const ID_BYTES = 256;

/** An open image. Functions that ask it for more are in the neighbouring files. */
export class Image implements AsyncDisposable {
  readonly handle: Pointer;

  private constructor(handle: Pointer) {
    this.handle = handle;
  }

  /**
   * Opens the head, or one of its snapshots, without a watch or a lock. What the handle knows of the
   * image (size, snapshots) stays as it was at this moment.
   */
  static async openReadOnly(io: IoContext, name: string, snapshot: string | null): Promise<Image> {
    return Image.#open('rbd_open_read_only', rbd().openReadOnly, [io.handle, name], snapshot);
  }

  /**
   * Opens the head for changes. It takes no lock by itself, but keeps a watch: the image cannot be
   * removed by others as long as it is open.
   */
  static async openWritable(io: IoContext, name: string): Promise<Image> {
    return Image.#open('rbd_open', rbd().open, [io.handle, name], null);
  }

  static async #open(
    call: string,
    fn: NativeFunction,
    args: readonly unknown[],
    snapshot: string | null,
  ): Promise<Image> {
    const out: [Pointer | null] = [null];
    check(call, await callAsync<number>(fn, [...args, out, snapshot]));
    return new Image(out[0] as Pointer);
  }

  /** The internal id, which no other image of the pool ever had. Not for images of format 1. */
  id(): string {
    const id = Buffer.alloc(ID_BYTES);
    check('rbd_get_id', rbd().getId(this.handle, id, id.length));
    return cString(id);
  }

  /** Size in bytes at the snapshot that is open. */
  size(): bigint {
    return this.#number('rbd_get_size', rbd().getSize);
  }

  features(): bigint {
    return this.#number('rbd_get_features', rbd().getFeatures);
  }

  /** Flags at the snapshot that is open: whether its object map can be believed. */
  flags(): bigint {
    return this.#number('rbd_get_flags', rbd().getFlags);
  }

  /** Whether the image is of format 1, which has no id. */
  isOldFormat(): boolean {
    return this.#number('rbd_get_old_format', rbd().getOldFormat) !== 0n;
  }

  stripeUnit(): bigint {
    return this.#number('rbd_get_stripe_unit', rbd().getStripeUnit);
  }

  stripeCount(): bigint {
    return this.#number('rbd_get_stripe_count', rbd().getStripeCount);
  }

  /** Id of the pool that holds the data; -1 if there is none. */
  dataPoolId(): number {
    return Number(rbd().getDataPoolId(this.handle));
  }

  #number(call: string, fn: NativeFunction): bigint {
    const out: [number | bigint] = [0];
    check(call, fn(this.handle, out) as number);
    return BigInt(out[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    check('rbd_close', await callAsync<number>(rbd().close, [this.handle]));
  }
}
