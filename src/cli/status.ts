import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { shorten } from '../lib/columns.ts';
import { printableJson } from '../lib/printable.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import {
  connectDaemon,
  type DaemonAddress,
  type DaemonClient,
  socketOption,
} from './daemon-client.ts';
import { statusLines } from './render/status.ts';

const REDRAW_MS = 1000;

const EXAMPLES = `
Examples:
  ceph2zfs status                    how the jobs are
  ceph2zfs status --watch            the same, once a second, until Ctrl-C
  ceph2zfs status --json | jq '.jobs[] | select(.last.outcome != "ok") | .name'
`;

interface StatusOptions extends DaemonAddress {
  readonly watch?: true;
  readonly json?: true;
}

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('show what the daemon does, and how its jobs are')
    .option('-w, --watch', 'go on showing it, until Ctrl-C')
    .option('--json', 'as JSON')
    .addOption(socketOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options: StatusOptions) => {
      const daemon = await connectDaemon(options);
      if (options.json) writeLines(context.stdout, [printableJson(await daemon.status(), 2)]);
      else if (options.watch) await watch(daemon, context);
      else writeLines(context.stdout, await linesNow(daemon));
    });
}

async function linesNow(daemon: DaemonClient): Promise<string[]> {
  const [status, sources] = await Promise.all([daemon.status(), daemon.sources(undefined)]);
  return statusLines(status, sources);
}

/** Draws over itself until the process is ended. */
async function watch(daemon: DaemonClient, { stdout }: CliContext): Promise<never> {
  const draw = createLogUpdate(stdout);
  for (;;) {
    const lines = await linesNow(daemon);
    const { columns = 80, rows = 24 } = stdout;
    const visible = lines.slice(0, Math.max(1, rows - 1));
    draw(visible.map((line) => shorten(line, columns - 1)).join('\n'));
    await sleep(REDRAW_MS);
  }
}
