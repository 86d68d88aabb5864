import { afterAll, beforeAll, expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { killAndContinue } from '../support/kill-and-continue.ts';
import { freshDataset, targetSnapshots } from '../support/lab.ts';
import { createRandom } from '../support/random.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';
import { TreeMutator } from '../support/tree-mutator.ts';
import { openWay, waysOr } from '../support/ways.ts';

beforeAll(dismissJudges);
afterAll(dismissJudges);

it.each(waysOr('local'))(
  '%s: a tree ends exact after each of many kills at random moments, and nothing is left behind',
  async (by) => {
    const random = createRandom();
    console.log(`TEST_SEED=${random.seed}`);
    await using client = await CephfsClient.open();
    const directory = await freshDirectory(client, 'tree-crash');
    const root = await freshDataset('tree-crash');
    const dataset = `${root}/cephfs/cephfs${directory}`;
    await using way = await openWay(by, root);
    const config = await way.writeTreeConfig({
      name: 'tree-crash',
      select: [directory],
      source: 'scan: { margin: 10s, settle: 1s }',
    });
    const judge = new TreeJudge(directory, dataset);
    await using mutator = await TreeMutator.open(random, directory);
    await mutator.makeOld(6, 8);

    await killAndContinue({
      way,
      job: 'tree-crash',
      config,
      random,
      earliestMs: 1_500,
      firstMs: 6_000,
      async change() {
        for (let count = 0; count < 40; count++) await mutator.change();
      },
      async judge() {
        await judge.newestIsExact();
        // On the source there is the base, and nothing else.
        const left = (await client.readdir(`${directory}/.snap`)).map(String);
        expect(left).toEqual([(await targetSnapshots(dataset)).at(-1)]);
      },
    });
    await judge.olderAreExact();
    await client.removeTree(directory);
  },
);
