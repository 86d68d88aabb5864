import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CUTS, type Cut, cutNetwork } from '../support/cuts.ts';
import { Judge } from '../support/exact.ts';
import { eventsOf, freshDataset, freshImage, type JsonRun } from '../support/lab.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openWriter, type RbdWriter } from '../support/rbd-writer.ts';
import { openWay } from '../support/ways.ts';

const MIB = 1024 * 1024;
const SIZE = 128 * MIB;

/** Each kind of cut so often: short ones, which a run gets over, and one that is too long for it. */
const SHORT = process.env['LONG_TESTS'] === undefined ? 1 : 7;
const LONG = process.env['LONG_TESTS'] === undefined ? 0 : 2;

/** Longer than a client takes to notice (20 s), and then tries to reach the sink again (45 s). */
const TOO_LONG_MS = 90_000;

/** Between so many milliseconds. A slow network does not cut anything off: it is one for longer. */
const SHORT_MS: Readonly<Record<Cut, readonly [number, number]>> = {
  down: [500, 8_000],
  blackhole: [500, 8_000],
  reset: [500, 8_000],
  slow: [8_000, 20_000],
};

interface Planned {
  readonly how: Cut;
  readonly ms: number;
}

function plannedCuts(random: Random): readonly Planned[] {
  const cuts = CUTS.flatMap((how) => [
    ...Array.from({ length: SHORT }, () => ({ how, ms: random.between(...SHORT_MS[how]) })),
    ...Array.from({ length: LONG }, () => ({ how, ms: TOO_LONG_MS })),
  ]);
  // One that the run cannot get over, whatever else is tried.
  if (LONG === 0) cuts.push({ how: 'blackhole', ms: TOO_LONG_MS });
  return cuts.sort(() => random.next() - 0.5);
}

async function change(writer: RbdWriter, random: Random): Promise<void> {
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

it('a push ends exact after each of many cuts of the network, and sends nothing again that a checkpoint holds', async () => {
  const random = createRandom();
  console.log(`TEST_SEED=${random.seed}`);
  const spec = 'rbd/push-cuts';
  await freshImage(spec, '--size', String(SIZE / MIB));
  const root = await freshDataset('push-cuts');
  const dataset = `${root}/rbd/rbd/push-cuts`;
  await using way = await openWay('push', root);
  const config = await way.writeConfig({
    name: 'push-cuts',
    select: [spec],
    // Slow enough to be cut in the middle.
    more: 'bandwidth: 10MiB',
  });
  const judge = new Judge(spec);
  await using writer = await openWriter('rbd', '', 'push-cuts');

  let survived = 0;
  let cutOff = 0;
  for (const { how, ms } of plannedCuts(random)) {
    await change(writer, random);
    const running = way.run('push-cuts', config);
    await sleep(random.between(2_000, 9_000));
    await cutNetwork(how, ms);
    const run = await running;
    console.log(`${how} for ${ms} ms: exit status ${run.exitCode}`);
    if (run.exitCode === 0) {
      survived++;
    } else {
      cutOff++;
      expectContinued(run, await way.mustRun('push-cuts', config));
    }
    await judge.newestIsExact(dataset);
    await judge.nothingIsLeftBehind(dataset);
  }
  await judge.olderAreExact(dataset);
  console.log(`${survived} runs went on after the cut, ${cutOff} were cut off and continued`);
  expect(survived).toBeGreaterThan(0);
  expect(cutOff).toBeGreaterThan(0);
});
