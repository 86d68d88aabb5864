import * as fc from 'fast-check';
import type { ImageSnapshot, VolumeSource } from '../../src/core/volume.ts';
import type { ImageUnderTest } from './volume-source.ts';

/** One step in the life of an image. Positions are fractions of its size at that moment. */
export type ImageOperation =
  | { readonly op: 'write'; readonly at: number; readonly length: number; readonly fill: number }
  | { readonly op: 'discard'; readonly at: number; readonly length: number }
  | { readonly op: 'resize'; readonly size: number }
  | { readonly op: 'snapshot' };

/** A snapshot together with the bytes that it must have. */
export interface KnownState {
  readonly snapshot: ImageSnapshot;
  readonly bytes: Buffer;
}

const MAX_LENGTH = 200_000;
const MAX_SIZE = 700_000;
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
/** Mostly short ranges, aligned or not; now and then long ones. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 9000 }),
  fc.constantFrom(512, 4096, 65_536, 131_072),
  fc.integer({ min: 1, max: MAX_LENGTH }),
);

/** A few dozen steps; resizes that cut and grow again, and snapshots, are among them. */
export function operations(): fc.Arbitrary<readonly ImageOperation[]> {
  const step: fc.Arbitrary<ImageOperation> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant('write' as const),
        at: fraction,
        length,
        fill: fc.integer({ min: 0, max: 255 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('discard' as const), at: fraction, length }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('resize' as const),
        size: fc.integer({ min: 1, max: MAX_SIZE }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ op: 'snapshot' as const }) },
  );
  return fc.array(step, { minLength: 10, maxLength: 40 });
}

/** Performs the steps on the image and on a model of it; ends with a snapshot. */
export async function runOperations(
  image: ImageUnderTest,
  source: VolumeSource,
  initialSize: number,
  steps: readonly ImageOperation[],
): Promise<readonly KnownState[]> {
  const never = new AbortController().signal;
  const states: KnownState[] = [];
  let model: Buffer = Buffer.alloc(initialSize);
  for (const step of [...steps, { op: 'snapshot' } as const]) {
    switch (step.op) {
      case 'write':
      case 'discard': {
        const offset = Math.min(Math.floor(step.at * model.length), model.length - 1);
        const end = Math.min(offset + step.length, model.length);
        const fill = step.op === 'write' ? step.fill : 0;
        model.fill(fill, offset, end);
        if (step.op === 'write') await image.write(offset, Buffer.alloc(end - offset, fill));
        else await image.discard(offset, end - offset);
        break;
      }
      case 'resize': {
        const resized = Buffer.alloc(step.size);
        model.copy(resized, 0, 0, Math.min(model.length, step.size));
        model = resized;
        await image.resize(step.size);
        break;
      }
      case 'snapshot': {
        const snapshot = await source.createSnapshot(`s${states.length}`, never);
        states.push({ snapshot, bytes: Buffer.from(model) });
        break;
      }
    }
  }
  return states;
}
