import type { Command } from 'commander';
import { printable } from '../lib/printable.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import {
  connectDaemon,
  type DaemonAddress,
  type DaemonClient,
  socketOption,
} from './daemon-client.ts';

interface TriggerOptions extends DaemonAddress {
  readonly only?: string;
  readonly full?: true;
  readonly dryRun?: true;
}

/** Commands that tell the daemon what to do. */
export function addControlCommands(program: Command, context: CliContext): void {
  const say = (text: string): void => writeLines(context.stdout, [printable(text)]);
  program
    .command('trigger')
    .description('let the daemon run a job now')
    .argument('<job>', 'name of the job')
    .option('--only <pattern>', 'only those of its sources that match')
    .option('--full', 'copy sources whole, even when an incremental transfer could be made')
    .option('--dry-run', 'change nothing; the history shows what would be done')
    .addOption(socketOption())
    .addOption(configOption())
    .action(async (job: string, options: TriggerOptions) => {
      const { only = null, full = false, dryRun = false } = options;
      const result = await (await connectDaemon(options)).trigger(job, { only, full, dryRun });
      if (result.state === 'started') say(`${job} runs: ${result.run}`);
      else say(`${job} waits: as many runs as may go on at a time do`);
    });

  const simple = [
    ['pause', 'run a job only when it is triggered, until it is resumed', 'is paused'],
    ['resume', 'run a job by its schedule again', 'is resumed'],
  ] as const;
  for (const [name, description, done] of simple) {
    program
      .command(name)
      .description(description)
      .argument('<job>', 'name of the job')
      .addOption(socketOption())
      .addOption(configOption())
      .action(async (job: string, options: DaemonAddress) => {
        await (await connectDaemon(options))[name](job);
        say(`${job} ${done}`);
      });
  }

  program
    .command('cancel')
    .description('let the daemon end a run cleanly; once more, kill it')
    .argument('<job-or-run>', 'name of a job, or id of a run')
    .addOption(socketOption())
    .addOption(configOption())
    .action(async (what: string, options: DaemonAddress) => {
      await cancel(await connectDaemon(options), what);
      say(`${what} is cancelled`);
    });

  program
    .command('reload')
    .description('let the daemon read its configuration again')
    .addOption(socketOption())
    .addOption(configOption())
    .action(async (options: DaemonAddress) => {
      const { jobs } = await (await connectDaemon(options)).reload();
      say(`loaded: ${jobs.join(', ')}`);
    });
}

async function cancel(daemon: DaemonClient, what: string): Promise<void> {
  const { jobs } = await daemon.status();
  if (jobs.some(({ name }) => name === what)) return daemon.cancelJob(what);
  // Logs show the first characters of a run's id.
  const runs = jobs.flatMap(({ running }) => (running === null ? [] : [running.run]));
  const meant = runs.filter((run) => run.startsWith(what));
  await daemon.cancelRun(meant.length === 1 ? (meant[0] ?? what) : what);
}
