import type { Command } from 'commander';
import { printableJson } from '../lib/printable.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import { connectDaemon, type DaemonAddress, socketOption } from './daemon-client.ts';
import { runDetailLines, runsLines } from './render/history.ts';

interface HistoryOptions extends DaemonAddress {
  readonly limit: string;
  readonly failed?: true;
  readonly json?: true;
}

/** `history` and `show`: what runs there were, and what became of one. */
export function addHistoryCommands(program: Command, context: CliContext): void {
  program
    .command('history')
    .description('show the runs that there were, the newest first')
    .argument('[job]', 'only runs of this job')
    .option('--failed', 'only those that failed')
    .option('--limit <count>', 'at most so many', '20')
    .option('--json', 'as a JSON array')
    .addOption(socketOption())
    .addOption(configOption())
    .action(async (job: string | undefined, options: HistoryOptions) => {
      const { limit, failed, json } = options;
      const runs = await (await connectDaemon(options)).runs({
        limit,
        ...(job === undefined ? {} : { job }),
        ...(failed ? { outcome: 'failed' } : {}),
      });
      writeLines(context.stdout, json ? [printableJson(runs, 2)] : runsLines(runs, Date.now()));
    });

  program
    .command('show')
    .description('show one run: its transfers, warnings and errors, whole')
    .argument('<run>', 'id of a run, or its first characters')
    .option('--json', 'as JSON')
    .addOption(socketOption())
    .addOption(configOption())
    .action(async (id: string, options: DaemonAddress & { readonly json?: true }) => {
      const run = await (await connectDaemon(options)).run(id);
      writeLines(context.stdout, options.json ? [printableJson(run, 2)] : runDetailLines(run));
    });
}
