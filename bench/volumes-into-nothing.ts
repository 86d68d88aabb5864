import type { Target, TargetCatalog } from '../src/core/target.ts';
import type { VolumeTarget, VolumeWriter } from '../src/core/volume.ts';

/** Targets that take everything, and keep nothing: to measure the way there alone. All of one source, in one dataset. */
export function volumesIntoNothing(source: string, dataset: string): TargetCatalog<VolumeTarget> {
  const nothing = async (): Promise<void> => undefined;

  const writer: VolumeWriter = {
    blockSize: 4096,
    async apply(pieces) {
      let bytes = 0;
      for await (const piece of pieces) {
        bytes += piece.length;
        if (piece.kind === 'data') piece.lease.release();
      }
      return { bytesDone: bytes, bytesWritten: bytes };
    },
    holds: async () => true,
    commit: async () => {
      throw new Error('nothing was kept that could be committed');
    },
    [Symbol.asyncDispose]: nothing,
  };
  const target: Target = {
    dataset,
    claim: nothing,
    settle: nothing,
    guards: async () => new Map(),
    removeSnapshots: async () => [],
  };
  const open = (): VolumeTarget => ({ ...target, begin: async () => writer });

  return {
    check: nothing,
    canPrune: async () => true,
    lock: async () => ({ [Symbol.asyncDispose]: nothing }),
    sources: async () => new Map([[source, [dataset]]]),
    generations: async () => [],
    open,
    nextDataset: async () => dataset,
    create: async () => open(),
    [Symbol.asyncDispose]: nothing,
  };
}
