import type { CommandResult } from '../../lib/command.ts';
import type { JobContext } from '../context.ts';
import type { JobError } from '../errors.ts';
import { type HookSubject, hookEnvironment } from './environment.ts';
import { hookError, hookOutcome } from './failure.ts';
import { HOOK_KILL_MS, type Hook } from './hook.ts';

/** What beyond its timeout and its end a hook may take; in milliseconds. */
const SPARE_MS = 10_000;

/** What hooks need of a run. */
export type HookContext = Pick<JobContext, 'emit' | 'allowSilence' | 'signal' | 'hooks'>;

type Subject<Hooked> = Extract<HookSubject, { readonly hook: Hooked }>;

/**
 * Runs the hooks that come before something, one after the other. Throws the failure of the first one that says
 * `abort`, and when the run is cancelled; others are warnings.
 */
export async function runBeforeHooks(
  context: HookContext,
  subject: Subject<'before' | 'before_snapshot'>,
): Promise<void> {
  const { signal, hooks } = context;
  for (const hook of hooks.hooks[subject.hook]) {
    signal.throwIfAborted();
    const error = await runHook(context, hook, subject, signal);
    // It was ended, or what it came to is no matter any more.
    signal.throwIfAborted();
    if (error === null) continue;
    if (hook.onFailure === 'abort') throw error;
    warn(context, subject, error);
  }
}

/**
 * Runs the hooks that come after something: all of them, and to their end, whatever becomes of the run meanwhile. The
 * first failure that says `abort` is returned if what they come after went well (`succeeded`); every other one is a
 * warning, so that none is lost.
 */
export async function runAfterHooks(
  context: HookContext,
  subject: Subject<'after_snapshot' | 'after'>,
  succeeded: boolean,
): Promise<JobError | null> {
  let first: JobError | null = null;
  for (const hook of context.hooks.hooks[subject.hook]) {
    const error = await runHook(context, hook, subject, null);
    if (error === null) continue;
    if (succeeded && first === null && hook.onFailure === 'abort') first = error;
    else warn(context, subject, error);
  }
  return first;
}

async function runHook(
  { emit, allowSilence, hooks }: HookContext,
  hook: Hook,
  subject: HookSubject,
  signal: AbortSignal | null,
): Promise<JobError | null> {
  const { command, timeoutMs } = hook;
  const told = { hook: subject.hook, source: sourceOf(subject), command: command[0] ?? '' };
  emit({ type: 'hook-started', ...told });
  allowSilence(timeoutMs + HOOK_KILL_MS + SPARE_MS, `the ${subject.hook} hook ${told.command}`);
  const env = hookEnvironment(hooks, subject);
  using _held = signal === null ? hooks.patience.hold() : null;
  const result: CommandResult = await hooks.runner.run({ command, env, timeoutMs, signal });
  const { durationMs, ending } = result;
  emit({ type: 'hook-finished', ...told, durationMs, outcome: hookOutcome(ending) });
  return hookError(subject.hook, hook, result);
}

function warn({ emit }: HookContext, subject: HookSubject, error: JobError): void {
  const { code, message, hint = null } = error;
  emit({ type: 'warning', source: sourceOf(subject), code, message, hint });
}

function sourceOf(subject: HookSubject): string | null {
  return 'source' in subject ? subject.source : null;
}
