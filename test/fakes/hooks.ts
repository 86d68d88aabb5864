import type { HookPoint } from '../../src/core/events.ts';
import {
  type Hook,
  type HookRunner,
  NO_HOOKS,
  PATIENCE_MS,
  type RunHooks,
} from '../../src/jobs/hooks/hook.ts';
import type { CommandEnding } from '../../src/lib/command.ts';
import { createGrace } from '../../src/lib/grace.ts';

type Order = Parameters<HookRunner['run']>[0];

/** What a fake hook does; what it returns is how it ends, by default well. */
export type FakeHook = (order: Order) => CommandEnding | void | Promise<CommandEnding | void>;

/** How a program ends that failed. */
export const FAILED: CommandEnding = { type: 'exited', status: 3 };

/** A run without hooks. */
export const NO_RUN_HOOKS: RunHooks = fakeHooks({}, {});

/** A hook whose program is `name`. */
export function hook(name: string, onFailure: Hook['onFailure']): Hook {
  return { command: [`/hooks/${name}`, 'now'], timeoutMs: 60_000, onFailure };
}

/** Hooks of a run whose programs are played by functions, by the names of the programs. */
export function fakeHooks(
  hooks: Partial<Record<HookPoint, readonly Hook[]>>,
  programs: Readonly<Record<string, FakeHook>>,
): RunHooks {
  return {
    job: 'vms',
    run: 'r1',
    hooks: { ...NO_HOOKS, ...hooks },
    runner: fake(programs),
    patience: createGrace(PATIENCE_MS),
  };
}

/** A program that ends with the run, and not before. */
export const untilCancelled: FakeHook = ({ signal }) =>
  new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve({ type: 'cancelled' }), { once: true });
  });

function fake(programs: Readonly<Record<string, FakeHook>>): HookRunner {
  return {
    async run(order) {
      const name = order.command[0]?.replace('/hooks/', '') ?? '';
      const ending = (await programs[name]?.(order)) ?? { type: 'exited', status: 0 };
      return { ending, output: `${name} said so`, isCut: false, durationMs: 400 };
    },
  };
}
