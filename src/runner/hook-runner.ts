import { HOOK_VARIABLES } from '../jobs/hooks/environment.ts';
import { HOOK_KILL_MS, type HookRunner } from '../jobs/hooks/hook.ts';
import { runCommand } from '../lib/command.ts';
import type { Grace } from '../lib/grace.ts';

/** Of what a hook writes, the last so many bytes are told when it fails. */
const OUTPUT_BYTES = 16 * 1024;

/** Runs hooks on this machine. The grace of a run does not pass while one goes on that nothing may end early. */
export function createHookRunner(grace: Grace, inherited: NodeJS.ProcessEnv): HookRunner {
  const ours: ReadonlySet<string> = new Set(HOOK_VARIABLES);
  const base = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !ours.has(entry[0]),
  );
  return {
    async run({ env, signal, ...order }) {
      using _held = signal === null ? grace.hold() : null;
      return await runCommand({
        ...order,
        signal,
        env: { ...Object.fromEntries(base), ...env },
        killAfterMs: HOOK_KILL_MS,
        outputBytes: OUTPUT_BYTES,
      });
    },
  };
}
