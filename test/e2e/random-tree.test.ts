import { afterAll, beforeAll, expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { endingWith, eventsOf, freshDataset } from '../support/lab.ts';
import { createRandom } from '../support/random.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';
import { TreeMutator } from '../support/tree-mutator.ts';
import { openWay, waysOr } from '../support/ways.ts';

const INCREMENTS = process.env['LONG_TESTS'] === undefined ? 4 : 30;

beforeAll(dismissJudges);
afterAll(dismissJudges);

it.each(waysOr('push'))(
  `%s: a tree stays exact over ${INCREMENTS} increments of random changes by two clients, as do its older snapshots`,
  async (by) => {
    const random = createRandom();
    console.log(`TEST_SEED=${random.seed}`);
    await using client = await CephfsClient.open();
    const directory = await freshDirectory(client, 'random-tree');
    const root = await freshDataset('random-tree');
    const dataset = `${root}/cephfs/cephfs${directory}`;
    await using way = await openWay(by, root);
    const config = await way.writeTreeConfig({
      name: 'random-tree',
      select: [directory],
      // Short times, so that the old part of the tree is old soon; long enough for a loaded machine.
      source: 'scan: { margin: 20s, settle: 10s }',
    });
    const judge = new TreeJudge(directory, dataset);
    await using mutator = await TreeMutator.open(random, directory);
    await mutator.makeOld(12, 8);

    let pruned = 0;
    for (let round = 0; round <= INCREMENTS; round++) {
      for (let count = random.between(0, 25); count > 0; count--) await mutator.change();
      const stop = mutator.changeUntil();
      const run = await endingWith(way.mustRun('random-tree', config), stop);
      const finished = eventsOf(run, 'transfer-finished');
      expect(finished.map(({ mode }) => mode)).toEqual([round === 0 ? 'full' : 'incremental']);
      pruned += finished[0]?.tree?.pruned ?? 0;
      await judge.newestIsExact();
      if (round % 10 === 9) await judge.olderAreExact();
    }
    await judge.olderAreExact();
    console.log(`${pruned} directories were left out because of their rctime`);
    // The one that was made first, with all that is in it, in most of the increments.
    expect(pruned).toBeGreaterThanOrEqual((INCREMENTS * 2) / 3);
    await client.removeTree(directory);
  },
);
