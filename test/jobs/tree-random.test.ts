import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeTree, type MemoryTree } from '../fakes/memory-tree.ts';
import type { TreeFaultPoint } from '../fakes/memory-tree-source.ts';
import type { TreeTargetFault } from '../fakes/memory-tree-target.ts';
import { giveTurns } from './delayed.ts';
import { createTreeLab, type TreeLab } from './tree-lab.ts';

const SOURCE_POINTS: readonly TreeFaultPoint[] = [
  'snapshots',
  'createSnapshot',
  'createdSnapshot',
  'removeSnapshot',
  'removedSnapshot',
  'openSnapshot',
  'list',
  'details',
  'changedAt',
];
const TARGET_POINTS: readonly TreeTargetFault[] = [
  'claim',
  'create',
  'begin',
  'compare',
  'makeDirectory',
  'putFile',
  'withdrawn',
  'putSpecial',
  'setMetadata',
  'link',
  'move',
  'remove',
  'commit',
  'committed',
  'settle',
];

/** Many more find rarer histories: TREE_RUNS=5000. */
const RUNS = Number(process.env['TREE_RUNS'] ?? 200);

const KINDS = [
  'write',
  'write',
  'write-ahead',
  'write-unseen',
  'mkdir',
  'mkdir',
  'rename',
  'rename',
  'rename',
  'rename',
  'swap',
  'link',
  'unlink',
  'chmod',
  'xattr',
  'symlink',
  'truncate',
] as const;

const change = fc.record({
  do: fc.constant('change' as const),
  kind: fc.constantFrom(...KINDS),
  first: fc.nat(1000),
  second: fc.nat(1000),
  fill: fc.integer({ min: 1, max: 255 }),
});
const step = fc.oneof(
  { weight: 14, arbitrary: change },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat(90) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      point: fc.constantFrom(...SOURCE_POINTS, ...TARGET_POINTS),
      after: fc.integer({ min: 0, max: 12 }),
    }),
  },
);

/** One change to the tree; what makes no sense (a directory into itself) is left out. */
function apply(
  tree: MemoryTree,
  { kind, first, second, fill }: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  const paths = tree.paths();
  const directories = ['', ...paths.filter((path) => tree.at(path).type === 'directory')];
  const pick = (from: readonly string[], index: number) => from[index % from.length] ?? '';
  const inside = pick(directories, second);
  const name = `n${fill % 7}`;
  const fresh = inside === '' ? name : `${inside}/${name}`;
  const any = paths.length === 0 ? null : pick(paths, first);
  const files = paths.filter((path) => tree.at(path).type === 'file');
  const file = files.length === 0 ? null : pick(files, first);
  const bytes = Buffer.alloc((fill % 40) + 1, fill);
  switch (kind) {
    case 'write':
      if (file !== null && fill % 2 === 0) tree.write(file, first % 30, bytes);
      else if (!tree.has(fresh)) tree.write(fresh, 0, bytes);
      return;
    case 'write-ahead':
      // By a clock that is up to an hour ahead.
      tree.skew = BigInt(second * 3600) * 1_000_000n;
      if (file !== null) tree.write(file, first % 30, bytes);
      tree.skew = 0n;
      return;
    case 'write-unseen':
      if (file !== null) tree.writeUnseen(file, fill);
      return;
    case 'truncate':
      if (file !== null) tree.truncate(file, second % 40);
      return;
    case 'mkdir':
      if (!tree.has(fresh)) tree.mkdir(fresh);
      return;
    case 'symlink':
      if (!tree.has(fresh)) tree.symlink(fresh, '../somewhere');
      return;
    case 'rename':
      if (any === null || `${fresh}/`.startsWith(`${any}/`)) return;
      if (tree.has(fresh) && `${any}/`.startsWith(`${fresh}/`)) return;
      tree.rename(any, fresh);
      return;
    case 'swap': {
      const other = any === null ? null : pick(paths, second);
      if (any === null || other === null) return;
      if (`${any}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${any}/`)) return;
      tree.rename(any, 'swapping');
      tree.rename(other, any);
      tree.rename('swapping', other);
      return;
    }
    case 'link':
      if (file !== null && !tree.has(fresh)) tree.link(file, fresh);
      return;
    case 'unlink':
      if (any !== null) tree.unlink(any);
      return;
    case 'chmod':
      if (any !== null) tree.chmod(any, 0o600 + (fill % 64));
      return;
    case 'xattr':
      if (any !== null) tree.setxattr(any, 'user.x', fill % 3 === 0 ? null : bytes);
      return;
  }
}

const history = fc.array(step, { minLength: 10, maxLength: 80 });

/** How many turns others have before and after an operation of the target, over and over. */
const delayLengths = fc.array(fc.nat(4), { minLength: 1, maxLength: 13 });

/** Lets the `after`-th pass of a point fail, as a kill at that moment would. */
async function cutOffRun(made: TreeLab, point: string, after: number): Promise<void> {
  let left = after;
  const cut = (): void => {
    if (left-- <= 0) throw new Error('killed');
  };
  const isSource = SOURCE_POINTS.includes(point as TreeFaultPoint);
  if (isSource) made.filesystem.at(point as TreeFaultPoint, cut);
  else made.pool.at(point as TreeTargetFault, cut);
  await made.run().catch(() => undefined);
  made.filesystem.at(point as TreeFaultPoint, null);
  made.pool.at(point as TreeTargetFault, null);
}

it('a tree that changes at random, and runs that are cut off anywhere: each whole run ends exact, and older backups stay', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(history, delayLengths, async (steps, lengths) => {
      let calls = 0;
      const delays = () => giveTurns(lengths[calls++ % lengths.length] ?? 0);
      const made = createTreeLab({}, delays);
      const truth = new Map<string, unknown>();

      function remember(): void {
        for (const { name, inodes } of made.home.snapshots) {
          if (!truth.has(name)) truth.set(name, describeTree(inodes));
        }
      }

      async function wholeRun(): Promise<void> {
        await made.run();
        remember();
        const backups = made.backups();
        for (const [name, backup] of backups) expect(backup).toEqual(truth.get(name));
        expect([...backups.values()].at(-1)).toEqual(describeTree(made.tree.inodes));
        expect(made.home.snapshots.map(({ name }) => name)).toEqual([[...backups.keys()].at(-1)]);
        expect(made.lentBuffers()).toBe(0);
      }

      for (const action of steps) {
        if (action.do === 'change') apply(made.tree, action);
        else if (action.do === 'wait') made.wait(action.minutes);
        else if (action.do === 'run') await wholeRun();
        else {
          await cutOffRun(made, action.point, action.after);
          remember();
        }
      }
      await wholeRun();
    }),
    { numRuns: RUNS },
  );
});
