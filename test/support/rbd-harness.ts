import { openRbdCatalog } from '../../src/source/rbd/catalog.ts';
import type { VolumeGroupHarness } from '../contract/volume-group.ts';
import type { ImageUnderTest } from '../contract/volume-source.ts';
import { rbd, temporaryPool } from './ceph-cli.ts';
import { openWriter, type RbdWriter } from './rbd-writer.ts';

export interface RbdHarnessOptions {
  /** Made in the pool, and then used for all images. */
  readonly namespace?: string;
  /** Arguments of `rbd create`, but for the name and the size. */
  readonly create?: readonly string[];
  /** Keep the objects in a pool of their own. */
  readonly dataPool?: boolean;
}

export function cephConf(): string {
  return process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf';
}

/** A pool of its own on the lab's cluster for the contract of a volume source. */
export async function rbdHarness(options: RbdHarnessOptions = {}): Promise<VolumeGroupHarness> {
  const pool = await temporaryPool();
  const dataPool = options.dataPool ? await temporaryPool() : null;
  const namespace = options.namespace ?? '';
  if (namespace !== '') await rbd('namespace', 'create', `${pool.name}/${namespace}`);
  const prefix = namespace === '' ? pool.name : `${pool.name}/${namespace}`;
  const catalog = await openRbdCatalog(
    { conf: cephConf(), user: 'admin' },
    AbortSignal.timeout(60_000),
  );
  const writers = new Map<string, RbdWriter>();
  const extra = [...(options.create ?? []), ...(dataPool ? ['--data-pool', dataPool.name] : [])];
  let count = 0;

  async function create(image: string, size: number): Promise<void> {
    await rbd('create', `${prefix}/${image}`, '--size', `${size}B`, ...extra);
    writers.set(image, await openWriter(pool.name, namespace, image));
  }

  async function close(image: string): Promise<void> {
    await writers.get(image)?.close();
    writers.delete(image);
  }

  function writer(image: string): RbdWriter {
    const found = writers.get(image);
    if (found === undefined) throw new Error(`no writer for ${image}`);
    return found;
  }

  return {
    catalog,
    async createImage(size): Promise<ImageUnderTest> {
      const image = `image-${count++}`;
      const name = `${prefix}/${image}`;
      await create(image, size);
      return {
        name,
        write: (offset, bytes) => writer(image).write(offset, bytes),
        // A guest has two ways to make zeros; both are tried.
        discard: (offset, length) =>
          length % 2 === 0
            ? writer(image).discard(offset, length)
            : writer(image).writeZeroes(offset, length),
        resize: (bytes) => writer(image).resize(bytes),
        createSnapshot: (snapshot) => writer(image).createSnapshot(snapshot),
        removeSnapshot: (snapshot) => writer(image).removeSnapshot(snapshot),
        protectSnapshot: async (snapshot) => {
          await rbd('snap', 'protect', `${name}@${snapshot}`);
        },
        unprotectSnapshot: async (snapshot) => {
          await rbd('snap', 'unprotect', `${name}@${snapshot}`);
        },
        recreate: async (bytes) => {
          await close(image);
          await rbd('snap', 'purge', name);
          await rbd('rm', name);
          await create(image, bytes);
        },
      };
    },
    async createGroup() {
      const name = `${prefix}/group-${count++}`;
      await rbd('group', 'create', name);
      return {
        name,
        add: async (image) => {
          await rbd('group', 'image', 'add', name, image.name);
        },
        remove: async (image) => {
          await rbd('group', 'image', 'remove', name, image.name);
        },
        createSnapshot: async (snapshot) => {
          await rbd('group', 'snap', 'create', `${name}@${snapshot}`);
        },
        removeSnapshot: async (snapshot) => {
          await rbd('group', 'snap', 'remove', `${name}@${snapshot}`);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const image of writers.keys()) await close(image);
      await catalog[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
      await dataPool?.[Symbol.asyncDispose]();
    },
  };
}
