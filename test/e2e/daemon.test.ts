import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CephfsClient } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import { DaemonSide } from '../support/daemon-side.ts';
import { Judge } from '../support/exact.ts';
import { nobodyRuns } from '../support/kills.ts';
import {
  freshDataset,
  freshImage,
  mustLab,
  onZfs,
  removeImage,
  targetSnapshots,
} from '../support/lab.ts';
import { createRandom } from '../support/random.ts';
import { openWriter } from '../support/rbd-writer.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';

const MIB = 1024 * 1024;
const SIZE = 32 * MIB;
const CONFIG = new URL('../../node_modules/.lab/daemon.yaml', import.meta.url).pathname;
const KEPT = 3;

/** What happens in a round. */
const SHORT = ['kill', 'broken-config', 'crash-zfs'] as const;
/** What one and the same daemon lives through, so that it shows whether anything grows. */
const GENTLE = ['kill-runner', 'broken-config', 'reload'] as const;
const ROUGH = [...SHORT, 'kill-runner', 'reload', 'stop-osd', 'stop-mds'] as const;
const isLong = process.env['LONG_TESTS'] !== undefined;
const TROUBLES: readonly (typeof ROUGH)[number][] = isLong
  ? [...times(3, ROUGH), ...times(6, GENTLE)]
  : SHORT;
/** From this round on it is one daemon. */
const CALM_FROM = isLong ? 3 * ROUGH.length : 0;
/** Two schedules; in the long form as short as that runs follow one another. */
const [EVERY, OTHER] = isLong ? ['5s', '7s'] : ['20s', '25s'];
const LEAST_RUNS = isLong ? 200 : 5;

function times<Item>(count: number, items: readonly Item[]): Item[] {
  return Array.from({ length: count }, () => items).flat();
}

it('runs an image and a tree by their schedules, through kills, crashes and reloads, and both end exact', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  await dismissJudges();
  await using client = await CephfsClient.open();
  const directory = await freshDirectory(client, 'daemon');
  await freshImage('rbd/daemon', '--size', '32M');
  const root = await freshDataset('daemon');
  const zvol = `${root}/rbd/rbd/daemon`;
  const filesystem = `${root}/cephfs/cephfs${directory}`;
  const configText = (every: string): string => `${DaemonSide.CONFIG}jobs:
  - name: image
    source: { type: rbd, select: ["rbd/daemon"] }
    target: { type: zfs, dataset: ${root} }
    schedule: { every: ${every} }
    keep: { target: { last: ${KEPT} } }
  - name: tree
    source: { type: cephfs, select: ["${directory}"], scan: { margin: 10s, settle: 1s } }
    target: { type: zfs, dataset: ${root} }
    schedule: { every: ${every} }
    keep: { target: { last: ${KEPT} } }
`;
  await mkdir(new URL('.', `file://${CONFIG}`).pathname, { recursive: true });
  await writeFile(CONFIG, configText(EVERY));
  await using writer = await openWriter('rbd', '', 'daemon');

  async function change(round: number): Promise<void> {
    const length = random.between(1, MIB);
    await writer.write(random.between(0, SIZE - length), randomBytes(length));
    await client.write(`${directory}/file-${round % 7}`, 0, randomBytes(random.between(1, MIB)));
    await client.sync();
  }

  const daemon = await DaemonSide.afresh(CONFIG);
  /** Until each job has backed up what there was then. */
  async function untilBothAreWell(since = Date.now()): Promise<void> {
    await daemon.until('a backup of each job', (jobs) =>
      jobs.every(({ last }) => last?.outcome === 'ok' && last.at - last.durationMs > since),
    );
  }

  await change(0);
  await daemon.start();
  await untilBothAreWell();
  let first = await daemon.use();

  const troubles: Record<(typeof TROUBLES)[number], (round: number) => Promise<void>> = {
    kill: async () => {
      await daemon.until('a run', (jobs) => jobs.some(({ running }) => running !== null));
      await daemon.kill();
      await daemon.start();
    },
    'kill-runner': async () => {
      await onZfs('bash', '-c', 'pkill -KILL -f "src/runner/main[.]ts" || true');
    },
    'broken-config': async () => {
      await daemon.reload(configText('soon'));
      await expect
        .poll(async () => (await daemon.status()).problems, { timeout: 60_000 })
        .toEqual([
          expect.objectContaining({
            code: 'config-refused',
            message: expect.stringContaining('soon'),
          }),
        ]);
      await daemon.reload(configText(EVERY));
    },
    'crash-zfs': async () => {
      await mustLab('crash', 'zfs');
      await mustLab('up', 'zfs');
      await daemon.start();
    },
    reload: async (round) => {
      await daemon.reload(configText(round % 2 === 0 ? EVERY : OTHER));
      // One that goes on already is as good.
      await daemon.tell('trigger', 'image').catch(() => undefined);
    },
    'stop-osd': () => without('osd'),
    'stop-mds': () => without('mds'),
  };

  /** A part of the cluster dies, and is started again some time later. */
  async function without(part: 'osd' | 'mds'): Promise<void> {
    await mustLab(`stop-${part}`);
    await sleep(random.between(1_000, 20_000));
    await mustLab(`start-${part}`);
  }

  // On a slow machine it takes more rounds for as many runs.
  const isEnough = async (round: number): Promise<boolean> =>
    round >= TROUBLES.length && (await daemon.history()).length >= LEAST_RUNS;
  for (let round = 0; !(await isEnough(round)); round++) {
    await change(round);
    if (round === CALM_FROM) first = await daemon.use();
    const trouble = TROUBLES[round] ?? GENTLE[round % GENTLE.length] ?? 'reload';
    await troubles[trouble](round);
    await untilBothAreWell();
    expect((await daemon.status()).problems).toEqual([]);
  }

  for (const job of ['image', 'tree']) await daemon.tell('pause', job);
  await daemon.until('rest', (jobs) =>
    jobs.every(({ running, queued }) => running === null && queued === null),
  );
  await change(TROUBLES.length);
  const changedAt = Date.now();
  for (const job of ['image', 'tree']) await daemon.tell('trigger', job);
  await untilBothAreWell(changedAt);
  const last = await daemon.use();
  console.log(`daemon: ${JSON.stringify(first)}, in the end ${JSON.stringify(last)}`);
  expect(last.descriptors).toBeLessThanOrEqual(first.descriptors + 2);
  expect(last.mounts).toBeLessThanOrEqual(first.mounts);

  const judge = new Judge('rbd/daemon');
  await judge.newestIsExact(zvol);
  await judge.nothingIsLeftBehind(zvol);
  const treeJudge = new TreeJudge(directory, filesystem);
  await treeJudge.newestIsExact();
  expect((await targetSnapshots(zvol)).length).toBe(KEPT);
  expect((await targetSnapshots(filesystem)).length).toBe(KEPT);

  const runs = await daemon.history();
  const outcomes = Object.entries(Object.groupBy(runs, ({ outcome }) => outcome ?? 'runs'));
  console.log(
    `${runs.length} runs: ${outcomes.map(([name, those]) => `${those?.length} ${name}`).join(', ')}`,
  );
  expect(runs.length).toBeGreaterThanOrEqual(LEAST_RUNS);
  expect(runs.some(({ outcome }) => outcome === 'interrupted')).toBe(true);
  expect(runs.every(({ outcome }) => outcome !== null)).toBe(true);
  expect(await daemon.stop()).toBe(0);
  await nobodyRuns('zfs');
  expect(await onZfs('bash', '-c', 'grep c2zlab/daemon/ /proc/mounts || true')).toBe('');

  await client.removeTree(directory);
  await removeImage('rbd/daemon');
  await onZfs('zfs', 'destroy', '-R', root);
});
