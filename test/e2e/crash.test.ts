import { it } from 'vitest';
import { Judge } from '../support/exact.ts';
import { killAndContinue } from '../support/kill-and-continue.ts';
import { freshDataset, freshImage } from '../support/lab.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openWriter, type RbdWriter } from '../support/rbd-writer.ts';
import { openWay, waysOr } from '../support/ways.ts';

const MIB = 1024 * 1024;
const SIZE = 96 * MIB;

async function change(writer: RbdWriter, random: Random): Promise<void> {
  for (let count = 0; count < 40; count++) {
    const length = random.between(1, random.pick([4096, 300_000, 2 * MIB]));
    const offset = random.between(0, SIZE - length);
    if (random.next() < 0.25) await writer.discard(offset, length);
    else await writer.write(offset, Buffer.alloc(length, random.between(0, 255)));
  }
}

it.each(waysOr('push'))(
  '%s: ends exact after each of many kills at random moments, and leaves nothing behind',
  async (by) => {
    const random = createRandom();
    console.log(`TEST_SEED=${random.seed}`);
    const spec = 'rbd/crash';
    await freshImage(spec, '--size', '96M');
    const root = await freshDataset('crash');
    const dataset = `${root}/rbd/rbd/crash`;
    await using way = await openWay(by, root);
    const config = await way.writeConfig({
      name: 'crash',
      select: [spec],
      more: 'verify: { sample: 64 }',
    });
    const judge = new Judge(spec);
    await using writer = await openWriter('rbd', '', 'crash');
    await change(writer, random);
    await killAndContinue({
      way,
      job: 'crash',
      config,
      random,
      earliestMs: 200,
      firstMs: 4_000,
      change: () => change(writer, random),
      async judge() {
        await judge.newestIsExact(dataset);
        await judge.nothingIsLeftBehind(dataset);
      },
    });
    await judge.olderAreExact(dataset);
  },
);
