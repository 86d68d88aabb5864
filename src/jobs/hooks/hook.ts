import type { HookPoint } from '../../core/events.ts';
import type { CommandOrder, CommandResult } from '../../lib/command.ts';
import type { Grace } from '../../lib/grace.ts';

/** How long a hook may take to end once its time is over, with all that it started; in milliseconds. */
export const HOOK_KILL_MS = 5_000;

/** For {@link RunHooks.patience}, in milliseconds. */
export const PATIENCE_MS = 15_000;

/** A command of the operator. */
export interface Hook {
  /** The program's path and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** `abort`: what it belongs to fails with it; `continue`: its failure is a warning. */
  readonly onFailure: 'abort' | 'continue';
}

export type Hooks = Readonly<Record<HookPoint, readonly Hook[]>>;

export const NO_HOOKS: Hooks = { before: [], before_snapshot: [], after_snapshot: [], after: [] };

/** Runs one hook. */
export interface HookRunner {
  /** `env`: what the hook is told, beyond the environment of this process. Never rejects. */
  run(
    order: Pick<CommandOrder, 'command' | 'env' | 'timeoutMs' | 'signal'>,
  ): Promise<CommandResult>;
}

/** The hooks of a run. */
export interface RunHooks {
  readonly job: string;
  readonly run: string;
  readonly hooks: Hooks;
  readonly runner: HookRunner;
  /**
   * How long a run that was told to end is waited for before its `after` hooks are run all the same. It does not pass
   * while hooks go on that nothing may end early.
   */
  readonly patience: Grace;
}
