import { setTimeout as sleep } from 'node:timers/promises';
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
      const changing = mutator.keepChanging();
      const running = way.mustRun('random-tree', config);
      void untilSnapshot(client, directory, running).then(changing.calm);
      const run = await endingWith(running, changing.stop);
      const finished = eventsOf(run, 'transfer-finished');
      expect(finished.map(({ mode }) => mode)).toEqual([round === 0 ? 'full' : 'incremental']);
      pruned += finished[0]?.tree?.pruned ?? 0;
      await judge.newestIsExact();
    }
    await judge.olderAreExact();
    console.log(`${pruned} directories were left out because of their rctime`);
    // The one that was made first, with all that is in it, in most of the increments.
    expect(pruned).toBeGreaterThanOrEqual((INCREMENTS * 2) / 3);
    await client.removeTree(directory);
  },
);

/**
 * Waits until there is another snapshot, or a run is over. From then on nothing may be removed or moved: Ceph (16.2.15)
 * now and then lets a snapshot show what was done to it half a minute later. It was seen to lose a removed
 * file's bytes and the times of removed directories, which it had shown before; perhaps a name, too.
 */
async function untilSnapshot(
  client: CephfsClient,
  directory: string,
  run: Promise<unknown>,
): Promise<void> {
  const list = async () => (await client.readdir(`${directory}/.snap`)).map(String);
  const before = await list();
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  run.then(end, end);
  while (!isOver && (await list()).every((name) => before.includes(name))) await sleep(100);
}
