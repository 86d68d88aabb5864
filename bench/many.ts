import { emptyTarget, execute, flag, lab, part, ROUNDS, runOf, runParts } from './lab.ts';

/**
 * Many images in one job, of which none has changed: what a run then takes, and how that grows. Run on the machine
 * that the lab is on, with nothing else going on there:
 *   node bench/many.ts [--rounds 5] [--counts 50,500] [PART…]      parts: unchanged
 */
const COUNTS = (flag('--counts') ?? '50,500').split(',').map(Number);
const AT_A_TIME = 8;
const PREFIX = 'rbd/many-';

async function makeImages(count: number): Promise<void> {
  const script = 'for i in $(seq "$2"); do rbd create "$1$i" --size 8M; done';
  await lab('ceph', 'bash', '-c', script, 'many', PREFIX, String(count));
}

async function removeImages(): Promise<void> {
  const script =
    'rbd ls rbd | grep "^many-" | while read -r i; do rbd snap purge --no-progress "rbd/$i"; rbd rm --no-progress "rbd/$i"; done';
  await lab('ceph', 'bash', '-c', script);
}

async function unchanged(): Promise<void> {
  await removeImages();
  for (const count of COUNTS) {
    await makeImages(count);
    await emptyTarget();
    const source = `type: rbd, select: ["${PREFIX}*"]`;
    const run = await runOf('many', source, '', `transfers: ${AT_A_TIME}`);
    // The first one makes the volumes, and its snapshots are the bases.
    await execute(run);
    await part(`many-${count}`, [{ name: `${count} images, none changed`, command: run }], ROUNDS);
    await removeImages();
  }
  await emptyTarget();
}

await runParts({ unchanged });
