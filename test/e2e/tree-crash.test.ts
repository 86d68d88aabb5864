import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { kill, nobodyIsLeft, shuffledKills } from '../support/kills.ts';
import {
  freshDataset,
  mustRun,
  runJson,
  targetSnapshots,
  writeTreeConfig,
} from '../support/lab.ts';
import { createRandom } from '../support/random.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';
import { TreeMutator } from '../support/tree-mutator.ts';

beforeAll(dismissJudges);
afterAll(dismissJudges);

it('a tree ends exact after each of many kills at random moments, and nothing is left behind', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  await using client = await CephfsClient.open();
  const directory = await freshDirectory(client, 'tree-crash');
  const root = await freshDataset('tree-crash');
  const dataset = `${root}/cephfs/cephfs${directory}`;
  const config = await writeTreeConfig({
    name: 'tree-crash',
    select: [directory],
    dataset: root,
    source: 'scan: { margin: 10s, settle: 1s }',
  });
  const judge = new TreeJudge(directory, dataset);
  await using mutator = await TreeMutator.open(random, directory);
  await mutator.makeOld(6, 8);

  // LONG_TESTS: each as often as for an image.
  const kills = shuffledKills(random, process.env['LONG_TESTS'] === undefined ? 0.2 : 1);
  let typicalMs = 6_000;
  let reallyCut = 0;
  for (const how of kills) {
    for (let count = 0; count < 40; count++) await mutator.change();
    const delay = random.between(1_500, Math.round(typicalMs * 0.8));
    const cut = runJson('tree-crash', config);
    await sleep(delay);
    await kill(how, 'tree-crash');
    const { exitCode } = await cut;
    if (exitCode !== 0) reallyCut++;
    await nobodyIsLeft();
    const startedAt = Date.now();
    await mustRun('tree-crash', config);
    typicalMs = Math.round((typicalMs + Date.now() - startedAt) / 2);
    await judge.newestIsExact();
    // On the source there is the base, and nothing else.
    const left = (await client.readdir(`${directory}/.snap`)).map(String);
    expect(left).toEqual([(await targetSnapshots(dataset)).at(-1)]);
  }
  await judge.olderAreExact();
  console.log(`${reallyCut} of ${kills.length} kills hit a run before it was done`);
  expect(reallyCut).toBeGreaterThanOrEqual(kills.length / 3);
  await client.removeTree(directory);
});
