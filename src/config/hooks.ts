import { z } from 'zod';
import { notParsed, parsed } from '../lib/parsed.ts';
import { choice, duration, type FieldRule, field, shown, wrongType } from './field.ts';

/** An argument may be empty, and anything but what no system can hand to a program. */
const argument: FieldRule<string> = {
  kind: 'argument',
  allowed: 'the absolute path of a program first, then any text',
  read(value) {
    if (typeof value !== 'string') return wrongType('text', value);
    return value.includes('\0') ? notParsed('contains a NUL') : parsed(value);
  },
};

const COMMAND = z
  .array(field(argument, 'An argument.'))
  .min(1)
  .superRefine((command, context) => {
    const [program] = command;
    if (typeof program !== 'string' || program.startsWith('/')) return;
    context.addIssue({
      code: 'custom',
      path: [0],
      message: `${shown(program)} does not begin with "/"`,
      params: { allowed: 'the absolute path of a program' },
    });
  })
  .readonly();

type OnFailure = 'abort' | 'continue';

function hooks(description: string, failure: string, onFailure: OnFailure) {
  return z
    .array(
      z
        .strictObject({
          command: COMMAND.describe('Program and arguments; no shell sees them.'),
          timeout: field(
            duration('1s', '1d'),
            'When it is over, the command and all that it started are ended.',
          ).prefault('1m'),
          on_failure: field(
            choice(['abort', 'continue']),
            `\`abort\`: ${failure}; \`continue\`: a failure is a warning.`,
          ).prefault(onFailure),
        })
        .readonly(),
    )
    .readonly()
    .prefault([])
    .describe(description);
}

/** Commands that a run calls. Durations are milliseconds. */
export const Hooks = z
  .strictObject({
    before: hooks('Before a run does anything.', 'a failure ends the run', 'abort'),
    before_snapshot: hooks(
      'Just before the snapshot of each source is made.',
      'after a failure no snapshot of the source is made',
      'abort',
    ),
    after_snapshot: hooks(
      'Right after that, also when the snapshot or a hook before it failed, or the run is cancelled.',
      'after a failure the source is not transferred',
      'continue',
    ),
    after: hooks(
      'At the end of the run, also when it failed or was cancelled.',
      'after a failure the run counts as failed',
      'continue',
    ),
  })
  .readonly()
  .prefault({})
  .describe('Commands that are run on the way, such as one that freezes a guest.');

export type HookSettings = z.output<typeof Hooks>['before'][number];
