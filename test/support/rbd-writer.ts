import { callAsync } from '../../src/native/call.ts';
import { check } from '../../src/native/errno.ts';
import { lazy } from '../../src/native/lazy.ts';
import { librbd } from '../../src/native/load.ts';
import { Cluster, type IoContext } from '../../src/native/rados.ts';
import { Image } from '../../src/native/rbd-image.ts';

/** What only tests do to images: the program itself never writes to one. */
const functions = lazy(() => {
  const library = librbd();
  return {
    write: library.func(
      'int64_t rbd_write2(void *image, uint64_t ofs, size_t len, void *buf, int op_flags)',
    ),
    discard: library.func('int rbd_discard(void *image, uint64_t ofs, uint64_t len)'),
    writeZeroes: library.func(
      'int64_t rbd_write_zeroes(void *image, uint64_t ofs, size_t len, int zero_flags, int op_flags)',
    ),
    resize: library.func('int rbd_resize(void *image, uint64_t size)'),
    flatten: library.func('int rbd_flatten(void *image)'),
    flush: library.func('int rbd_flush(void *image)'),
    createSnapshot: library.func('int rbd_snap_create(void *image, const char *name)'),
    removeSnapshot: library.func('int rbd_snap_remove(void *image, const char *name)'),
  };
});

/** A guest of an image: changes it through librbd, with all offsets and lengths in bytes. */
export class RbdWriter implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #io: IoContext;
  readonly #image: Image;

  constructor(cluster: Cluster, io: IoContext, image: Image) {
    this.#cluster = cluster;
    this.#io = io;
    this.#image = image;
  }

  /** Size of the image in bytes. */
  size(): number {
    return Number(this.#image.size());
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    const args = [this.#image.handle, offset, bytes.length, bytes, 0];
    check('rbd_write2', Number(await callAsync(functions().write, args)));
  }

  /** Gives up the range, which then reads as zeros; also where it is no whole object. */
  async discard(offset: number, length: number): Promise<void> {
    await this.#call('rbd_discard', functions().discard, offset, length);
  }

  async writeZeroes(offset: number, length: number): Promise<void> {
    await this.#call('rbd_write_zeroes', functions().writeZeroes, offset, length, 0, 0);
  }

  async resize(size: number): Promise<void> {
    await this.#call('rbd_resize', functions().resize, size);
  }

  /** Copies the parent's data into a clone and cuts the tie. */
  async flatten(): Promise<void> {
    await this.#call('rbd_flatten', functions().flatten);
  }

  async flush(): Promise<void> {
    await this.#call('rbd_flush', functions().flush);
  }

  async createSnapshot(name: string): Promise<void> {
    await this.#call('rbd_snap_create', functions().createSnapshot, name);
  }

  async removeSnapshot(name: string): Promise<void> {
    await this.#call('rbd_snap_remove', functions().removeSnapshot, name);
  }

  async close(): Promise<void> {
    await this.#image[Symbol.asyncDispose]();
    this.#io[Symbol.dispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call(
    name: string,
    fn: Parameters<typeof callAsync>[0],
    ...args: readonly unknown[]
  ): Promise<void> {
    check(name, Number(await callAsync(fn, [this.#image.handle, ...args])));
  }
}

/** Opens an image for writing, with the cluster that the environment's CEPH_CONF names. */
export async function openWriter(
  pool: string,
  namespace: string,
  image: string,
): Promise<RbdWriter> {
  const cluster = Cluster.configure({
    conf: process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf',
    user: 'admin',
    options: {
      rbd_cache: 'false',
      // By default librbd passes over the parts of a discard that are no whole 64 KiB.
      rbd_skip_partial_discard: 'false',
    },
  });
  await cluster.connect();
  const io = await cluster.openPool(pool, namespace);
  return new RbdWriter(cluster, io, await Image.openWritable(io, image));
}
