import {
  ceph,
  emptyTarget,
  execute,
  flag,
  lab,
  part,
  ROUNDS,
  report,
  runner,
  runOf,
  runParts,
} from './lab.ts';
import type { ManyRuns } from './many-engine.ts';
import { median } from './measure.ts';

/**
 * Many images in one job, of which none has changed: what a run then takes, and how that grows. Run on the machine
 * that the lab is on, with nothing else going on there:
 *   node bench/many.ts [--rounds 5] [--counts 50,500] [--at-a-time 8] [PART…]      parts: engine, whole
 * `engine`: all but ZFS, whose place a pool in memory takes; `whole`: `ceph2zfs run` on the ZFS side.
 */
const COUNTS = (flag('--counts') ?? '50,500').split(',').map(Number);
const AT_A_TIME = Number(flag('--at-a-time') ?? 8);
const PREFIX = 'rbd/many-';

/** They are small, so that the pool in memory hardly shows in what the engine takes. */
async function makeImages(count: number): Promise<void> {
  const script = 'for i in $(seq "$2"); do rbd create "$1$i" --size 64K; done';
  await lab('ceph', 'bash', '-c', script, 'many', PREFIX, String(count));
}

async function removeImages(): Promise<void> {
  const script =
    'rbd ls rbd | grep "^many-" | while read -r i; do rbd snap purge --no-progress "rbd/$i"; rbd rm --no-progress "rbd/$i"; done';
  await lab('ceph', 'bash', '-c', script);
}

/** Measures with each number of images. */
async function grow(measure: (count: number) => Promise<void>): Promise<void> {
  await removeImages();
  for (const count of COUNTS) {
    await makeImages(count);
    await measure(count);
    await removeImages();
  }
}

async function engine(): Promise<void> {
  await grow(async (count) => {
    const pattern = `${PREFIX}*`;
    const command = ceph(
      ...runner('rbd', AT_A_TIME),
      'bench/many-engine.ts',
      pattern,
      String(AT_A_TIME),
      String(ROUNDS),
    );
    const { runs, maxRssKiB } = JSON.parse(await execute(command)) as ManyRuns;
    const seconds = median(runs);
    const columns = [
      count,
      seconds.toFixed(2),
      ((seconds / count) * 1000).toFixed(1),
      (maxRssKiB / 1024).toFixed(0),
    ];
    await report(
      `many-engine-${count}`,
      [
        '| images | s | ms an image | peak RSS, MiB |',
        '|---|---|---|---|',
        `| ${columns.join(' | ')} |`,
      ].join('\n'),
    );
  });
}

async function whole(): Promise<void> {
  await grow(async (count) => {
    await emptyTarget();
    const source = `type: rbd, select: ["${PREFIX}*"]`;
    const run = await runOf('many', source, '', `transfers: ${AT_A_TIME}`);
    // The first one makes the volumes, and its snapshots are the bases.
    await execute(run);
    await part(`many-${count}`, [{ name: `${count} images, none changed`, command: run }], ROUNDS);
  });
  await emptyTarget();
}

await runParts({ engine, whole });
