import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anchorName } from '../../src/source/rbd/anchor.ts';
import type { FaultPoint } from '../fakes/faults.ts';
import type { MemoryImage } from '../fakes/memory-image.ts';
import type { TargetFault } from '../fakes/memory-target.ts';
import { createMemoryLab, runCounted } from './lab.ts';

const SIZE = 120_000;
const NAMES = ['rbd/a', 'rbd/b'];
const SELECTION = { select: ['rbd/*'], groups: ['rbd/g'], only: null };
const SOURCE_POINTS: readonly FaultPoint[] = [
  'open',
  'snapshots',
  'createSnapshot',
  'createdSnapshot',
  'createGroupSnapshot',
  'createdGroupSnapshot',
  'removeSnapshot',
  'removedSnapshot',
  'diff',
  'read',
];
const TARGET_POINTS: readonly TargetFault[] = [
  'claim',
  'create',
  'begin',
  'write',
  'commit',
  'committed',
  'settle',
];

const image = fc.constantFrom(...NAMES);
const change = fc.record({
  do: fc.constantFrom('write' as const, 'discard' as const, 'resize' as const),
  image,
  offset: fc.integer({ min: 0, max: SIZE }),
  length: fc.integer({ min: 1, max: 30_000 }),
});
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;
const action = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), image }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), image }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      point: fc.constantFrom(...SOURCE_POINTS, ...TARGET_POINTS),
      after: fc.integer({ min: 0, max: 8 }),
      isKill: fc.boolean(),
      between: fc.array(change, { maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      between: fc.array(change, { maxLength: 3 }),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function randomLab() {
  const made = createMemoryLab({ samples: 4, transfers: 2 }, { checkpointBytes: 16_384 });
  const images = NAMES.map((name) => made.cluster.createImage(name, SIZE));
  const group = made.cluster.createGroup('rbd/g', ...NAMES);
  /** What each snapshot of each image holds. */
  const truth = new Map<string, Buffer>();
  const foreign = new Map<string, string[]>(NAMES.map((name) => [name, []]));
  let fill = 1;

  function remember(): void {
    for (const { name, snapshots } of images) {
      for (const snapshot of snapshots) {
        truth.set(`${name}@${snapshot.name}`, made.cluster.image(name).contents(snapshot));
      }
    }
  }

  function apply(changes: readonly Change[]): void {
    for (const { do: what, image: name, offset, length } of changes) {
      const target = made.cluster.image(name);
      const at = Math.min(offset, target.size);
      const bytes = Math.min(length, target.size - at);
      if (what === 'write') target.write(at, Buffer.alloc(bytes, (fill++ % 255) + 1));
      if (what === 'discard') target.discard(at, bytes);
      if (what === 'resize') target.resize(Math.max(1, offset));
    }
  }

  /** `between`: what guests do after the anchors were made, and before the snapshot of the group. */
  async function run(between: readonly Change[], signal?: AbortSignal) {
    const faults = made.cluster.faults;
    faults.at('createdSnapshot', () => apply(between));
    try {
      return await runCounted(made.context({}, signal), made.kind(), SELECTION);
    } finally {
      remember();
    }
  }

  async function wholeRun(between: readonly Change[]): Promise<void> {
    made.cluster.faults.clear();
    const counts = await run(between);
    expect(counts).toEqual({ succeeded: 2, failed: 0 });
    for (const own of images) expectExact(own);
    const [name] = [...group.members].map((member) => newest(member).name);
    expect([...group.snapshots]).toEqual(name === undefined ? [] : [name]);
    for (const member of group.members) expect(newest(member).name).toBe(name);
    expect(made.lentBuffers()).toBe(0);
  }

  function newest(name: string) {
    const found = made.committed(`pool/${name}`).at(-1);
    if (found === undefined) throw new Error(`no backup of ${name}`);
    return found;
  }

  function expectExact({ name, snapshots }: MemoryImage): void {
    for (const { name: snapshot, data, size } of made.committed(`pool/${name}`)) {
      const wanted = truth.get(`${name}@${snapshot}`);
      expect(wanted).toBeDefined();
      expect(data.subarray(0, size).equals(wanted ?? Buffer.alloc(0))).toBe(true);
    }
    const base = newest(name).name;
    const ours = group.members.has(name) ? [base, anchorName(base)] : [base];
    expect(snapshots.map((own) => own.name).toSorted()).toEqual(
      [...ours, ...(foreign.get(name) ?? [])].toSorted(),
    );
  }

  async function cutOff({ point, after, isKill, between }: Extract<Action, { do: 'cut' }>) {
    const controller = new AbortController();
    let left = after;
    const cut = (): void => {
      if (left-- !== 0) return;
      if (isKill) controller.abort(new Error('killed'));
      else throw new Error('failed');
    };
    const isSource = SOURCE_POINTS.includes(point as FaultPoint);
    if (!isSource) made.pool.at(point as TargetFault, cut);
    const running = run(between, controller.signal);
    if (isSource) made.cluster.faults.at(point as FaultPoint, cut);
    await running.catch(() => undefined);
    made.cluster.faults.clear();
    if (!isSource) made.pool.at(point as TargetFault, null);
  }

  async function step(next: Action): Promise<void> {
    if (next.do === 'run') await wholeRun(next.between);
    else if (next.do === 'cut') await cutOff(next);
    else if (next.do === 'move') {
      if (!group.members.delete(next.image)) group.members.add(next.image);
    } else if (next.do === 'snapshot') {
      const name = `f${fill++}`;
      made.cluster.image(next.image).createSnapshot(name);
      foreign.get(next.image)?.push(name);
    } else apply([next]);
    remember();
  }

  return { step, wholeRun };
}

it('a group whose images change, come and go at random ends exact after each whole run, wherever others were cut off', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 25 }), async (actions) => {
      const lab = randomLab();
      for (const next of actions) await lab.step(next);
      await lab.wholeRun([]);
    }),
    { numRuns: Number(process.env['GROUP_RUNS'] ?? 60) },
  );
}, 300_000);
