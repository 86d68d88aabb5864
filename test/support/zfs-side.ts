import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { MAX_PIECE_BYTES } from '../../src/core/extent.ts';
import type { SnapshotGuard } from '../../src/core/target.ts';
import { createBufferPool } from '../../src/lib/buffer-pool.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import { createZfsCatalog, type ZfsCatalogOptions } from '../../src/target/zfs/catalog.ts';
import { openZvol } from '../../src/target/zfs/device.ts';
import { pinSnapshot, unpinSnapshot } from '../../src/target/zfs/pin.ts';

/** For tests that run on the ZFS side itself. */
export const POOL = 'c2zlab';

export async function run(command: string, ...args: readonly string[]): Promise<string> {
  return (await execa(command, args, { stdin: 'ignore' })).stdout;
}

/** Runs bash with `set -euo pipefail`; arguments are $1, $2, …. */
export function bash(script: string, ...args: readonly string[]): Promise<string> {
  return run('bash', '-c', `set -euo pipefail; ${script}`, 'bash', ...args);
}

/** udev looks into each new device, and keeps a volume busy while it does. */
async function destroySoon(dataset: string): Promise<void> {
  const script = 'for i in {1..100}; do zfs destroy -R "$1" && exit 0; sleep 0.1; done; exit 1';
  await bash(script, dataset);
}

/** A filesystem of its own for one test, destroyed with all that is in it. */
export async function makeRoot(
  properties: readonly string[] = [],
): Promise<AsyncDisposable & { readonly root: string }> {
  const root = `${POOL}/test-${randomUUID().slice(0, 8)}`;
  await run('zfs', 'create', ...properties.flatMap((pair) => ['-o', pair]), root);
  return {
    root,
    [Symbol.asyncDispose]: async () => {
      await destroySoon(root);
    },
  };
}

export function catalogOf(root: string, changes: Partial<ZfsCatalogOptions> = {}) {
  return createZfsCatalog({
    root,
    properties: {},
    blockSize: 16 * 1024,
    checkpoint: { everyMs: 3_600_000, everyBytes: Number.POSITIVE_INFINITY },
    pool: createBufferPool({ count: 4, bytes: MAX_PIECE_BYTES, allocate: allocateAligned }),
    parallel: 4,
    lockDir: '/tmp/ceph2zfs-test-locks',
    ...changes,
  });
}

/** All bytes of a zvol's snapshot, read through a clone. */
export async function contents(dataset: string, snapshot: string): Promise<Buffer> {
  const clone = `${POOL}/look-${randomUUID().slice(0, 8)}`;
  const options = ['-o', 'readonly=on', '-o', 'volmode=dev'];
  await run('zfs', 'clone', ...options, `${dataset}@${snapshot}`, clone);
  const copy = `/tmp/${clone.replaceAll('/', '-')}`;
  try {
    await bash(
      'for i in {1..1200}; do device=$(readlink -e "$1") && break; sleep 0.05; done; cat "$device" > "$2"',
      `/dev/zvol/${clone}`,
      copy,
    );
    return await readFile(copy);
  } finally {
    await rm(copy, { force: true });
    await destroySoon(clone);
  }
}

/** What a contract does to snapshots beside the program. */
export const snapshotsBySide = {
  snapshotByOthers: async (dataset: string, name: string): Promise<void> => {
    await run('zfs', 'snapshot', `${dataset}@${name}`);
  },

  snapshotNames: async (dataset: string): Promise<readonly string[]> => {
    const args = ['list', '-H', '-d', '1', '-t', 'snapshot', '-s', 'createtxg', '-o', 'name'];
    const output = await run('zfs', ...args, dataset);
    return output === '' ? [] : output.split('\n').map((line) => line.split('@')[1] ?? '');
  },

  guard: async (dataset: string, name: string, by: SnapshotGuard): Promise<AsyncDisposable> => {
    const snapshot = `${dataset}@${name}`;
    const { signal } = new AbortController();
    if (by === 'pinned') {
      await pinSnapshot(snapshot, signal);
      await pinSnapshot(snapshot, signal);
      return {
        [Symbol.asyncDispose]: async () => {
          await unpinSnapshot(snapshot, signal);
          await unpinSnapshot(snapshot, signal);
        },
      };
    }
    if (by === 'held') {
      await run('zfs', 'hold', 'by-others', snapshot);
      const release = async () => void (await run('zfs', 'release', 'by-others', snapshot));
      return { [Symbol.asyncDispose]: release };
    }
    const clone = `${POOL}/clone-${randomUUID().slice(0, 8)}`;
    await run('zfs', 'clone', snapshot, clone);
    return { [Symbol.asyncDispose]: () => destroySoon(clone) };
  },
};

/** Writes into a zvol at rest, as somebody would who goes round this program. */
export async function scribble(dataset: string, offset: number, bytes: Buffer): Promise<void> {
  await run('zfs', 'set', 'readonly=off', 'volmode=dev', dataset);
  const size = Number(await run('zfs', 'get', '-Hp', '-o', 'value', 'volsize', dataset));
  const device = await openZvol(dataset, size, AbortSignal.timeout(30_000));
  const aligned = allocateAligned(bytes.length);
  bytes.copy(aligned);
  await device.write(aligned, 0, bytes.length, offset);
  await device.sync();
  await device.close();
  await run('zfs', 'set', 'readonly=on', 'volmode=none', dataset);
}

/** Holds a file open exclusively, as a mount or a mapping does. */
export async function holdExclusively(path: string): Promise<AsyncDisposable> {
  const { O_RDONLY, O_EXCL } = constants;
  const handle = await open(path, O_RDONLY | O_EXCL);
  return { [Symbol.asyncDispose]: () => handle.close() };
}
