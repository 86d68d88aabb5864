import { z } from 'zod';
import { notParsed, parsed } from '../lib/parsed.ts';
import { type FieldRule, field, integer, shown } from './field.ts';

const bestEffort = integer(0, 7);

const ioPriority: FieldRule<'idle' | number> = {
  kind: 'I/O priority',
  allowed: '"idle", or a level of the class best-effort from 0, the first, to 7, the last',
  read(value) {
    if (value === 'idle') return parsed(value);
    const level = bestEffort.read(value);
    return level.ok ? level : notParsed(`${shown(value)} is not known`);
  },
};

/** How much a run stands back behind other processes of its machine. */
export const Priority = z
  .strictObject({
    nice: field(
      integer(0, 19),
      'By how much the niceness of a run is higher than that of the daemon or command that starts it; at 19 others come first.',
    ).prefault(0),
    io: field(
      ioPriority,
      'As `ionice` has it. It matters only to disks with the scheduler bfq or mq-deadline, and not to what ZFS writes.',
    ).optional(),
  })
  .readonly()
  .prefault({})
  .describe('How the processes of a run share the processor and the disks with others.');
export type Priority = z.infer<typeof Priority>;
