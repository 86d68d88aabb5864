import type { TargetCatalog } from '../../src/core/target.ts';
import type { TreeTarget, TreeWriter } from '../../src/core/tree.ts';

/** What is waited for before an operation on a path, and after it. */
export type TreeDelays = (operation: keyof TreeWriter, from: string) => Promise<void>;

const OPERATIONS = [
  'compare',
  'count',
  'makeDirectory',
  'putFile',
  'openFile',
  'putSpecial',
  'setMetadata',
  'link',
  'move',
  'remove',
] as const;

/** Filesystems whose operations happen at some moment between their call and their end, as those of threads do. */
export function delayed(
  catalog: TargetCatalog<TreeTarget>,
  delays: TreeDelays,
): TargetCatalog<TreeTarget> {
  const late = (target: TreeTarget): TreeTarget => ({
    dataset: target.dataset,
    claim: (...args) => target.claim(...args),
    settle: (...args) => target.settle(...args),
    guards: (...args) => target.guards(...args),
    removeSnapshots: (...args) => target.removeSnapshots(...args),
    begin: async (...args) => delayWriter(await target.begin(...args), delays),
  });
  return {
    check: (...args) => catalog.check(...args),
    canPrune: (...args) => catalog.canPrune(...args),
    lock: (...args) => catalog.lock(...args),
    sources: (...args) => catalog.sources(...args),
    generations: (...args) => catalog.generations(...args),
    nextDataset: (...args) => catalog.nextDataset(...args),
    open: (name) => late(catalog.open(name)),
    create: async (...args) => late(await catalog.create(...args)),
    [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose](),
  };
}

function delayWriter(writer: TreeWriter, delays: TreeDelays): TreeWriter {
  return new Proxy(writer, {
    get(real, name) {
      const value: unknown = Reflect.get(real, name, real);
      if (typeof value !== 'function') return value;
      const operation = OPERATIONS.find((each) => each === name);
      if (operation === undefined) return value.bind(real) as unknown;
      return async (path: Buffer, ...rest: unknown[]) => {
        await delays(operation, path.toString());
        const result: unknown = await Reflect.apply(value, real, [path, ...rest]);
        await delays(operation, path.toString());
        return result;
      };
    },
  });
}

/** Lets others have their turn so many times. */
export async function giveTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
