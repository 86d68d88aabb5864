import { once } from 'node:events';
import type { TargetCatalog } from '../../src/core/target.ts';
import type { TreeTarget, TreeWriter } from '../../src/core/tree.ts';
import type { VolumeTarget, VolumeWriter } from '../../src/core/volume.ts';

/** Volumes into which nothing is written: what comes for them stays in memory until the transfer ends. */
export function stuckVolumes(catalog: TargetCatalog<VolumeTarget>): TargetCatalog<VolumeTarget> {
  const writer: VolumeWriter = {
    blockSize: 4096,
    apply: async (_pieces, { signal }) => untilAborted(signal),
    holds: async (_offset, _bytes, signal) => untilAborted(signal),
    commit: untilAborted,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    ...catalog,
    open: (dataset) => ({ ...catalog.open(dataset), begin: async () => writer }),
  };
}

/** Filesystems into which nothing is written either. To compare is all that they do. */
export function stuckTrees(catalog: TargetCatalog<TreeTarget>): TargetCatalog<TreeTarget> {
  const stuck = (...args: readonly unknown[]) => untilAborted(args.at(-1) as AbortSignal);
  const writer: TreeWriter = {
    isUntouched: false,
    limbo: Buffer.from('.limbo'),
    reserved: [],
    async compare(_directory, { count }) {
      const [verdicts, links] = [new Uint8Array(count), new Uint8Array(count)];
      return { verdicts, links, inodes: new BigUint64Array(count) };
    },
    async *list(_directory, signal) {
      yield untilAborted(signal);
    },
    count: stuck,
    makeDirectory: stuck,
    putFile: stuck,
    openFile: stuck,
    putSpecial: stuck,
    setMetadata: stuck,
    link: stuck,
    move: stuck,
    remove: (_path, signal) => untilAborted(signal),
    commit: stuck,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    ...catalog,
    open: (dataset) => ({ ...catalog.open(dataset), begin: async () => writer }),
  };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}
