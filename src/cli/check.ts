import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { type Config, isCephfsJob, type Job, patternsOf } from '../config/schema.ts';
import { printable } from '../lib/printable.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import { targetText } from './places.ts';
import { count } from './render/words.ts';

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

/** What a valid configuration comes to: a line for each job, and for each client of the sink. */
export function checkedLines({ jobs, sink }: Config): string[] {
  const clients = Object.entries(sink?.clients ?? {});
  const facts = [
    ...(jobs.length === 0 ? [] : [count(jobs.length, 'job')]),
    ...(sink === undefined ? [] : [`a sink with ${count(clients.length, 'client')}`]),
  ];
  return [
    `ok: ${facts.join(' and ')}`,
    ...jobs.map((job) => printable(`  ${jobText(job)}`)),
    ...clients.map(([name, { dataset }]) => printable(`  client ${name}: to ${dataset}`)),
  ];
}

function jobText(job: Job): string {
  const { name, source, target } = job;
  const kind = isCephfsJob(job) ? `${source.type} (${job.source.fs})` : source.type;
  const { select, groups } = patternsOf(job);
  const what = [...select, ...groups.map((pattern) => `group ${pattern}`)].join(' ');
  return `${name}: ${kind} ${what} to ${targetText(target)}`;
}
