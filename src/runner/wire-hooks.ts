import type { HookSettings } from '../config/hooks.ts';
import type { Job } from '../config/schema.ts';
import { type Hook, type Hooks, NO_HOOKS, PATIENCE_MS, type RunHooks } from '../jobs/hooks/hook.ts';
import { createGrace, type Grace } from '../lib/grace.ts';
import { createHookRunner } from './hook-runner.ts';
import type { RunOrder } from './messages.ts';

/** The hooks of a run; there are none when nothing is backed up. */
export function wireHooks(
  run: string,
  { job, task, dryRun }: Pick<RunOrder, 'job' | 'task' | 'dryRun'>,
  grace: Grace,
): RunHooks {
  return {
    job: job.name,
    run,
    hooks: task === 'prune' || dryRun ? NO_HOOKS : hooksOf(job),
    runner: createHookRunner(grace, process.env),
    patience: createGrace(PATIENCE_MS),
  };
}

function hooksOf({ hooks }: Job): Hooks {
  return {
    before: hooks.before.map(hookOf),
    before_snapshot: hooks.before_snapshot.map(hookOf),
    after_snapshot: hooks.after_snapshot.map(hookOf),
    after: hooks.after.map(hookOf),
  };
}

function hookOf({ command, timeout, on_failure: onFailure }: HookSettings): Hook {
  return { command, timeoutMs: timeout, onFailure };
}
