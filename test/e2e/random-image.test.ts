import { expect, it } from 'vitest';
import { Judge } from '../support/exact.ts';
import {
  endingWith,
  eventsOf,
  freshDataset,
  freshImage,
  onCeph,
  removeImage,
} from '../support/lab.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openWriter, type RbdWriter } from '../support/rbd-writer.ts';
import { openWay, waysOr } from '../support/ways.ts';

const MIB = 1024 * 1024;
const INCREMENTS = process.env['LONG_TESTS'] === undefined ? 4 : 32;

/** One random change to the image; sizes and offsets are of no alignment. */
async function change(writer: RbdWriter, random: Random, size: number): Promise<void> {
  const offset = random.between(0, size - 1);
  const length = Math.min(size - offset, random.between(1, random.pick([5_000, 70_000, 6 * MIB])));
  const kind = random.pick(['write', 'write', 'write', 'discard', 'zero'] as const);
  if (kind === 'write') await writer.write(offset, noise(random, length));
  else if (kind === 'discard') await writer.discard(offset, length);
  else await writer.writeZeroes(offset, length);
}

/** Bytes of which some compress and some do not. */
function noise(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length, random.between(0, 255));
  for (let at = 0; at < Math.min(length, 4096); at++) bytes[at] = random.between(0, 255);
  return bytes;
}

/** Changes the image until it is told to stop, so that snapshots are taken under I/O. */
function changeUntil(writer: RbdWriter, random: Random, size: number) {
  let going = true;
  const done = (async () => {
    while (going) await change(writer, random, size);
  })();
  return async (): Promise<void> => {
    going = false;
    await done;
  };
}

/** Makes a clone with a parent that has data, some of which the clone then covers. */
async function makeClone(parent: string, clone: string, random: Random): Promise<void> {
  await freshImage(parent, '--size', '24M');
  {
    await using writer = await openWriter('rbd', '', parent.slice('rbd/'.length));
    for (let count = 0; count < 6; count++) await change(writer, random, 24 * MIB);
  }
  await onCeph('rbd', 'snap', 'create', '--no-progress', `${parent}@p`);
  await onCeph('rbd', 'snap', 'protect', `${parent}@p`);
  await onCeph('rbd', 'clone', `${parent}@p`, clone);
}

it.each(waysOr('local'))(
  `%s: stays exact over ${INCREMENTS} increments of random changes under I/O, as do its older snapshots`,
  async (by) => {
    const random = createRandom();
    console.log(`TEST_SEED=${random.seed}`);
    const spec = 'rbd/random-image';
    const parent = 'rbd/random-parent';
    await removeImage(spec);
    await onCeph('bash', '-c', `rbd snap unprotect ${parent}@p || true`);
    await makeClone(parent, spec, random);
    const root = await freshDataset('random-image');
    const dataset = `${root}/rbd/rbd/random-image`;
    await using way = await openWay(by, root);
    const config = await way.writeConfig({
      name: 'random-image',
      select: [spec],
      // Places compared in each of many small transfers.
      more: 'verify: { sample: 64 }',
    });
    const judge = new Judge(spec);
    const foreign: string[] = [];
    let size = 24 * MIB;
    let isClone = true;

    await using writer = await openWriter('rbd', '', 'random-image');
    for (let round = 0; round <= INCREMENTS; round++) {
      for (let count = random.between(0, 8); count > 0; count--) await change(writer, random, size);
      if (random.next() < 0.3) {
        size = random.between(8 * MIB, 40 * MIB);
        await writer.resize(size);
      }
      if (random.next() < 0.25) {
        foreign.push(`others-${round}`);
        await writer.createSnapshot(`others-${round}`);
        for (let count = 0; count < 3; count++) await change(writer, random, size);
      }
      if (isClone && round >= INCREMENTS / 2) {
        await writer.flatten();
        isClone = false;
      }
      const stop = changeUntil(writer, random, size);
      const run = await endingWith(way.mustRun('random-image', config), stop);
      expect(eventsOf(run, 'transfer-finished').map(({ mode }) => mode)).toEqual([
        round === 0 ? 'full' : 'incremental',
      ]);
      await judge.newestIsExact(dataset);
      await judge.nothingIsLeftBehind(dataset, foreign);
      if (round % 8 === 7) await judge.olderAreExact(dataset);
    }
    await judge.olderAreExact(dataset);
  },
);
