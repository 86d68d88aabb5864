import { expect, it } from 'vitest';
import type { CommandEnding } from '../../lib/command.ts';
import { hookError, hookOutcome } from './failure.ts';
import type { Hook } from './hook.ts';

const HOOK: Hook = {
  command: ['/bin/freeze', '--all', 'a guest', ''],
  timeoutMs: 90_000,
  onFailure: 'abort',
};
const SHOWN = 'the before_snapshot hook `/bin/freeze --all "a guest" ""`';

function errorOf(ending: CommandEnding, output = 'busy', isCut = false) {
  return hookError('before_snapshot', HOOK, { ending, output, isCut, durationMs: 1 });
}

it('is none for exit status 0', () => {
  expect(errorOf({ type: 'exited', status: 0 })).toBe(null);
});

it.each([
  [
    { type: 'exited', status: 1 },
    'failed',
    'hook-failed',
    'backoff',
    'failed with exit status 1; it said:\nbusy',
  ],
  [
    { type: 'killed', signal: 'SIGSEGV' },
    'failed',
    'hook-failed',
    'backoff',
    'was killed by SIGSEGV; it said:\nbusy',
  ],
  [
    { type: 'timed-out' },
    'timeout',
    'hook-timeout',
    'backoff',
    'was not done after 1m30s, and was ended; it said:\nbusy',
  ],
  [
    { type: 'not-started', reason: 'ENOENT' },
    'failed',
    'hook-failed',
    'never',
    'could not be started: ENOENT',
  ],
] as const)(
  'says of %j what happened, and whether it may work again',
  (ending, outcome, code, retry, words) => {
    expect(hookOutcome(ending)).toBe(outcome);
    expect(errorOf(ending)).toMatchObject({ code, retry, message: `${SHOWN} ${words}` });
  },
);

it('says whether it tells all of the output, or that there was none', () => {
  const ending = { type: 'exited', status: 1 } as const;
  expect(errorOf(ending, 'busy', true)?.message).toContain('it said at last:\nbusy');
  expect(errorOf(ending, '')?.message).toContain('it said nothing');
});
