import type { HookOutcome, HookPoint } from '../../core/events.ts';
import type { CommandEnding, CommandResult } from '../../lib/command.ts';
import { writeDuration } from '../../lib/duration.ts';
import { JobError } from '../errors.ts';
import type { Hook } from './hook.ts';

/** What a failure means, and what there is to do at once. */
const CONSEQUENCES: Readonly<Record<HookPoint, string>> = {
  before: 'Nothing was touched yet.',
  before_snapshot: 'Its after_snapshot hooks are run all the same.',
  after_snapshot:
    'What the before_snapshot hooks did may still hold: see whether the source is frozen, and thaw it by hand.',
  after: 'The backups that were made are not affected.',
};

export function hookOutcome(ending: CommandEnding): HookOutcome {
  if (ending.type === 'timed-out') return 'timeout';
  if (ending.type === 'cancelled') return 'cancelled';
  return ending.type === 'exited' && ending.status === 0 ? 'ok' : 'failed';
}

/** The error for a hook that failed or took too long; what it wrote is told whole. Null for one that went well. */
export function hookError(point: HookPoint, hook: Hook, result: CommandResult): JobError | null {
  const { ending } = result;
  if (hookOutcome(ending) === 'ok') return null;
  const isLate = ending.type === 'timed-out';
  const command = commandText(hook.command);
  return new JobError({
    code: isLate ? 'hook-timeout' : 'hook-failed',
    message: `the ${point} hook \`${command}\` ${endingText(ending, hook.timeoutMs)}${outputText(result)}`,
    retry: ending.type === 'not-started' ? 'never' : 'backoff',
    hint: `${CONSEQUENCES[point]} ${adviceFor(ending)}`,
  });
}

function endingText(ending: CommandEnding, timeoutMs: number): string {
  switch (ending.type) {
    case 'exited':
      return `failed with exit status ${ending.status}`;
    case 'killed':
      return `was killed by ${ending.signal}`;
    case 'timed-out':
      return `was not done after ${writeDuration(timeoutMs)}, and was ended`;
    case 'cancelled':
      return 'was ended with the run';
    case 'not-started':
      return `could not be started: ${ending.reason}`;
  }
}

function outputText({ ending, output, isCut }: CommandResult): string {
  if (ending.type === 'not-started') return '';
  if (output === '') return '; it said nothing';
  return `; it said${isCut ? ' at last' : ''}:\n${output}`;
}

function adviceFor({ type }: CommandEnding): string {
  if (type === 'timed-out') {
    return 'Find out what it waited for; its `timeout` sets how long it may take.';
  }
  if (type === 'not-started') return 'See whether the file is there, and may be executed.';
  return 'See what the command says, and correct it.';
}

/** A command on one line, with quotes where words would not stay apart. */
function commandText(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}
