import { z } from 'zod';
import { duration, field, size } from './field.ts';

/** How often the transfer of an image keeps how far it is. Durations are milliseconds, sizes bytes. */
export const Checkpoint = z
  .strictObject({
    every: field(duration('1s'), 'Time between two checkpoints.').prefault('60s'),
    bytes: field(
      size('64MiB'),
      'A checkpoint is taken earlier when this much was dealt with since the last.',
    ).prefault('8GiB'),
  })
  .readonly()
  .prefault({})
  .describe(
    'A transfer that was cut off continues from its last checkpoint. A sink decides by itself when it takes them: a job that pushes leaves the key out.',
  );
