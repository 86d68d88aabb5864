import { afterAll, beforeAll, expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { cutAndContinue, longCut, shortCut } from '../support/cut-and-continue.ts';
import { CUTS } from '../support/cuts.ts';
import { Judge } from '../support/exact.ts';
import { eventsOf, freshDataset, freshImage, type JsonRun } from '../support/lab.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openWriter, type RbdWriter } from '../support/rbd-writer.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';
import { TreeMutator } from '../support/tree-mutator.ts';
import { openWay } from '../support/ways.ts';

const MIB = 1024 * 1024;
const SIZE = 128 * MIB;
const isLong = process.env['LONG_TESTS'] !== undefined;

/** Slow enough to be cut in the middle. */
const SLOWLY = 'bandwidth: 10MiB';

beforeAll(dismissJudges);
afterAll(dismissJudges);

/** Each kind of cut so often. */
function cutsOfAllKinds(random: Random, short: number, long: number) {
  return CUTS.flatMap((how) => [
    ...Array.from({ length: short }, () => shortCut(how, random)),
    ...Array.from({ length: long }, () => longCut(how)),
  ]);
}

async function changeImage(writer: RbdWriter, random: Random): Promise<void> {
  for (let offset = 0; offset < SIZE; offset += 8 * MIB) {
    const length = random.between(1, 8 * MIB);
    await writer.write(offset, Buffer.alloc(length, random.between(0, 255)));
  }
}

/** The run after one that was cut off begins nothing anew that a checkpoint holds. */
function expectContinued(cut: JsonRun, next: JsonRun): void {
  const last = eventsOf(cut, 'checkpoint').at(-1)?.offset ?? 0;
  const [resumed] = eventsOf(next, 'transfer-planned');
  expect(resumed?.resumeOffset ?? 0).toBeGreaterThanOrEqual(last);
}

it('a push of an image ends exact after each of many cuts of the network, and sends nothing again that a checkpoint holds', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  const spec = 'rbd/push-cuts';
  await freshImage(spec, '--size', String(SIZE / MIB));
  const root = await freshDataset('push-cuts');
  const dataset = `${root}/rbd/rbd/push-cuts`;
  await using way = await openWay('push', root);
  const config = await way.writeConfig({ name: 'push-cuts', select: [spec], more: SLOWLY });
  const judge = new Judge(spec);
  await using writer = await openWriter('rbd', '', 'push-cuts');

  await cutAndContinue({
    way,
    job: 'push-cuts',
    config,
    random,
    cuts: isLong
      ? cutsOfAllKinds(random, 7, 2)
      : [...cutsOfAllKinds(random, 1, 0), longCut('blackhole')],
    beginMs: [2_000, 9_000],
    change: () => changeImage(writer, random),
    expectContinued,
    async judge() {
      await judge.newestIsExact(dataset);
      await judge.nothingIsLeftBehind(dataset);
    },
  });
  await judge.olderAreExact(dataset);
});

it('a push of a tree ends exact after each of many cuts of the network', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  await using client = await CephfsClient.open();
  const directory = await freshDirectory(client, 'push-cuts');
  const root = await freshDataset('push-cuts-tree');
  const dataset = `${root}/cephfs/cephfs${directory}`;
  await using way = await openWay('push', root);
  const config = await way.writeTreeConfig({
    name: 'push-cuts-tree',
    select: [directory],
    source: 'scan: { margin: 10s, settle: 1s }',
    more: SLOWLY,
  });
  const judge = new TreeJudge(directory, dataset);
  await using mutator = await TreeMutator.open(random, directory);
  await mutator.makeOld(6, 8);

  await cutAndContinue({
    way,
    job: 'push-cuts-tree',
    config,
    random,
    // In CI two of the kinds, whichever they are.
    cuts: isLong
      ? cutsOfAllKinds(random, 3, 1)
      : cutsOfAllKinds(random, 1, 0)
          .toSorted(() => random.next() - 0.5)
          .slice(0, 2),
    beginMs: [2_000, 7_000],
    async change() {
      for (let count = 0; count < 40; count++) await mutator.change();
      // What the cut comes into, most of the time: it takes six seconds.
      const bytes = Buffer.alloc(64 * MIB, random.between(0, 255));
      await client.write(`${directory}/large`, random.between(0, MIB), bytes);
    },
    async judge() {
      await judge.newestIsExact();
    },
  });
  await judge.olderAreExact();
  await client.removeTree(directory);
});
