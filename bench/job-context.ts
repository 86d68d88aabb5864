import type { Emit } from '../src/core/events.ts';
import type { JobContext } from '../src/jobs/context.ts';
import { NO_RUN_HOOKS } from '../test/fakes/hooks.ts';

/** What a job works with that nothing slows down, and nobody watches. */
export function benchContext(signal: AbortSignal, emit: Emit, transfers = 1): JobContext {
  return {
    options: {
      task: 'back-up',
      prefix: 'bench',
      full: false,
      dryRun: false,
      keep: { target: null, source: {}, timeZone: 'UTC' },
      transfers,
    },
    emit,
    allowSilence: () => undefined,
    watch: () => ({ signal, allowSilence: () => undefined, [Symbol.dispose]: () => undefined }),
    pace: async () => undefined,
    hooks: NO_RUN_HOOKS,
    signal,
    now: () => new Date(),
    random: Math.random,
  };
}
