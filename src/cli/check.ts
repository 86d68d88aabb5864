import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { type Config, isCephfsJob, type Job, patternsOf } from '../config/schema.ts';
import { printable } from '../lib/printable.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import { targetText } from './places.ts';

const EXAMPLES = `
Examples:
  ceph2zfs check
  ceph2zfs check --config ./config.yaml
`;

export function addCheckCommand(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('check the configuration and show everything that is wrong in it')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async ({ config }: { config: string }) => {
      writeLines(context.stdout, checkedLines(await loadConfig(config)));
    });
}

/** What a valid configuration comes to: a line for each job. */
export function checkedLines({ jobs }: Config): string[] {
  const count = jobs.length === 1 ? '1 job' : `${jobs.length} jobs`;
  return [`ok: ${count}`, ...jobs.map((job) => printable(`  ${jobText(job)}`))];
}

function jobText(job: Job): string {
  const { name, source, target } = job;
  const kind = isCephfsJob(job) ? `${source.type} (${job.source.fs})` : source.type;
  const { select, groups } = patternsOf(job);
  const what = [...select, ...groups.map((pattern) => `group ${pattern}`)].join(' ');
  return `${name}: ${kind} ${what} to ${targetText(target)}`;
}
