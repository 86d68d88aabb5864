import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SinkClientOptions } from '../../src/transport/client/options.ts';
import { createRemoteTrees, createRemoteVolumes } from '../../src/transport/client/sink.ts';
import type { MemoryPool } from '../fakes/memory-target.ts';
import { describeTree } from '../fakes/memory-tree.ts';
import type { MemoryTreePool } from '../fakes/memory-tree-target.ts';
import { createMemoryLab, IMAGE } from '../jobs/lab.ts';
import { createTreeLab } from '../jobs/tree-lab.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { createRandom, type Random } from '../support/random.ts';
import { startSink } from '../support/sink.ts';

const SIZE = 200_000;
const ROUNDS = process.env['LONG_TESTS'] === undefined ? 5 : 100;
const LIMITS = { heartbeatMs: 100, silentMs: 5000, sessionMs: 5000 };
const PATIENCE = { reconnectMs: 10_000, silentMs: 5000, cancelMs: 500 };

vi.setConfig({ testTimeout: ROUNDS * 20_000 });

let volumes: MemoryPool | undefined;
let trees: MemoryTreePool | undefined;
let sink: Awaited<ReturnType<typeof startSink>>;
let proxy: CuttingProxy;
let options: SinkClientOptions;

const client = {
  root: 'pool',
  canPrune: true,
  list: async () => [...need(volumes).list(), ...need(trees).list()],
  volumes: () => need(volumes).catalog(),
  trees: () => need(trees).catalog(),
};

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no pool yet');
  return value;
}

beforeEach(async () => {
  sink = await startSink({ alpha: client }, LIMITS);
  proxy = await startCuttingProxy(sink.port);
  const url = new URL(`https://127.0.0.1:${proxy.port}`);
  options = await sink.optionsFor('alpha', { url, patience: PATIENCE, compress: 'always' });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

/** Breaks the connections at random moments while a run goes on, and now and then ends the sink. Whether the run succeeded. */
async function runThroughTrouble(random: Random, run: () => Promise<void>): Promise<boolean> {
  let isRunning = true;
  const running = run().then(
    () => true,
    // Only what a run that is made anew gets over.
    (error: unknown) => {
      if ((error as { retry?: string }).retry === 'never') throw error;
      return false;
    },
  );
  const over = running.finally(() => (isRunning = false));
  const endsSink = random.next() < 0.25;
  for (let cuts = 0; isRunning && cuts < 6; cuts++) {
    await Promise.race([sleep(random.between(0, 40)), over.catch(() => undefined)]);
    if (isRunning) proxy.cut();
  }
  if (endsSink && isRunning) {
    const { port } = sink;
    await sink[Symbol.asyncDispose]();
    sink = await startSink({ alpha: client }, LIMITS, port);
  }
  return over;
}

it('an image that changes at random, pushed over connections that break: each run that ends is exact', async () => {
  const random = createRandom();
  await using remote = createRemoteVolumes(options);
  const made = createMemoryLab({ samples: 4 }, { checkpointBytes: 16_384 }, (pool) => {
    volumes = pool;
    return remote;
  });
  const image = made.cluster.createImage(IMAGE, SIZE);
  let succeeded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let change = 0; change < 5; change++) {
      const offset = random.between(0, image.size - 1);
      const length = Math.min(random.between(1, 40_000), image.size - offset);
      if (random.next() < 0.3) image.discard(offset, length);
      else image.write(offset, Buffer.alloc(length, random.between(1, 255)));
    }
    const isLast = round === ROUNDS - 1;
    if (isLast) await made.run();
    else if (!(await runThroughTrouble(random, () => made.run()))) continue;
    succeeded++;
    const newest = made.committed().at(-1);
    const wanted = Buffer.from(image.contents(need(image.snapshots.at(-1))));
    expect([random.seed, newest?.data.subarray(0, newest.size).equals(wanted)]).toEqual([
      random.seed,
      true,
    ]);
    expect(made.lentBuffers()).toBe(0);
  }
  expect(succeeded).toBeGreaterThan(0);
  expect(proxy.made).toBeGreaterThan(ROUNDS);
});

it('a tree that changes at random, pushed over connections that break: each run that ends is exact', async () => {
  const random = createRandom();
  await using remote = createRemoteTrees(options, 'fs');
  const made = createTreeLab({}, undefined, (pool) => {
    trees = pool;
    return remote;
  });
  const { tree } = made;
  let succeeded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let change = 0; change < 12; change++) changeTree(tree, random, round * 100 + change);
    made.wait(random.between(0, 90));
    const isLast = round === ROUNDS - 1;
    if (isLast) await made.run();
    else if (!(await runThroughTrouble(random, () => made.run()))) continue;
    succeeded++;
    const newest = [...made.backups().values()].at(-1);
    expect([random.seed, newest]).toEqual([random.seed, describeTree(tree.inodes)]);
    expect(made.lentBuffers()).toBe(0);
  }
  expect(succeeded).toBeGreaterThan(0);
  expect(proxy.made).toBeGreaterThan(ROUNDS);
});

/** A new name, a write, a rename or a removal. */
function changeTree(
  tree: ReturnType<typeof createTreeLab>['tree'],
  random: Random,
  n: number,
): void {
  const paths = tree.paths();
  const files = paths.filter((path) => tree.at(path).type === 'file');
  const directories = ['', ...paths.filter((path) => tree.at(path).type === 'directory')];
  const inside = random.pick(directories);
  const fresh = inside === '' ? `n${n}` : `${inside}/n${n}`;
  const bytes = Buffer.alloc(random.pick([1, 1000, 300_000]), random.between(1, 255));
  const what = random.between(0, 5);
  if (what === 0) tree.mkdir(fresh);
  else if (what === 1 || files.length === 0) tree.write(fresh, 0, bytes);
  else if (what === 2) tree.write(random.pick(files), random.between(0, 50), bytes);
  else if (what === 3) tree.rename(random.pick(files), fresh);
  else if (what === 4) tree.unlink(random.pick(files));
  else tree.link(random.pick(files), fresh);
}
