import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultPoint } from '../fakes/faults.ts';
import type { TargetFault } from '../fakes/memory-target.ts';
import { createMemoryLab, IMAGE, type MemoryLab } from './lab.ts';

const SIZE = 200_000;
const SOURCE_POINTS: readonly FaultPoint[] = [
  'snapshots',
  'createSnapshot',
  'createdSnapshot',
  'removeSnapshot',
  'removedSnapshot',
  'openSnapshot',
  'diff',
  'read',
];
const TARGET_POINTS: readonly TargetFault[] = [
  'claim',
  'create',
  'begin',
  'write',
  'checkpoint',
  'commit',
  'committed',
  'settle',
];

const range = fc.record({
  offset: fc.integer({ min: 0, max: SIZE }),
  length: fc.integer({ min: 1, max: 40_000 }),
});
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), at: range }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('discard' as const), at: range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), at: range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), at: range }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      point: fc.constantFrom(...SOURCE_POINTS, ...TARGET_POINTS),
      after: fc.integer({ min: 0, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run' as const) }) },
);

/** Lets the `after`-th pass of a point fail, as a kill at that moment would. */
async function cutOffRun(made: MemoryLab, point: string, after: number): Promise<void> {
  let left = after;
  const cut = (): void => {
    if (left-- === 0) throw new Error('killed');
  };
  const isSource = SOURCE_POINTS.includes(point as FaultPoint);
  if (isSource) made.cluster.faults.at(point as FaultPoint, cut);
  else made.pool.at(point as TargetFault, cut);
  await made.run().catch(() => undefined);
  made.cluster.faults.clear();
  made.pool.at(point as TargetFault, null);
}

describe('an image that changes at random, and runs that are cut off anywhere', () => {
  it('ends exact after each whole run, with every older backup as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const made = createMemoryLab({ samples: 4 }, { checkpointBytes: 16_384 });
        const image = made.cluster.createImage(IMAGE, SIZE);
        const truth = new Map<string, Buffer>();
        const foreign: string[] = [];
        let fill = 1;

        async function wholeRun(): Promise<void> {
          await made.run();
          for (const { name } of image.snapshots) remember(name);
          const backups = made.committed();
          const newest = backups.at(-1);
          expect(truth.get(newest?.name ?? '')).toBeDefined();
          for (const { name, data, size } of backups) {
            const wanted = truth.get(name);
            if (wanted !== undefined) expect(data.subarray(0, size).equals(wanted)).toBe(true);
          }
          // On the source: the base, and what others made; nothing else.
          expect(image.snapshots.map(({ name }) => name).sort()).toEqual(
            [...foreign, newest?.name].sort(),
          );
          expect(made.lentBuffers()).toBe(0);
        }

        function remember(name: string): void {
          const snapshot = image.snapshots.find((candidate) => candidate.name === name);
          if (snapshot !== undefined) truth.set(name, image.contents(snapshot));
        }

        for (const step of actions) {
          if (step.do === 'run') await wholeRun();
          else if (step.do === 'cut') await cutOffRun(made, step.point, step.after);
          else {
            const offset = Math.min(step.at.offset, image.size);
            const length = Math.min(step.at.length, image.size - offset);
            if (step.do === 'write') image.write(offset, Buffer.alloc(length, fill++ % 255));
            if (step.do === 'discard') image.discard(offset, length);
            if (step.do === 'resize') image.resize(Math.max(1, step.at.offset));
            if (step.do === 'snapshot') foreign.push(image.createSnapshot(`f${fill++}`).name);
          }
          for (const { name } of image.snapshots) remember(name);
        }
        await wholeRun();
      }),
      { numRuns: 200 },
    );
  });
});
