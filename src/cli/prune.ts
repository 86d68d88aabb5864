import type { Command } from 'commander';
import { type CliContext, configOption } from './context.ts';
import { UsageError } from './errors.ts';
import { loadJob } from './find-job.ts';
import { showRun } from './show-run.ts';

const EXAMPLES = `
Examples:
  ceph2zfs prune vms --dry-run             show of each snapshot what keeps it
  ceph2zfs prune vms                       remove the snapshots that no rule keeps
  ceph2zfs prune vms --only rbd/vm-17      only those of this image
`;

interface PruneOptions {
  readonly config: string;
  readonly only?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addPruneCommand(program: Command, context: CliContext): void {
  program
    .command('prune')
    .description('remove the snapshots of a job that its rules (`keep`) do not keep')
    .argument('<job>', 'name of the job')
    .option(
      '--only <pattern>',
      'only those of its sources that match, such as "rbd/vm-*" or "/home/*"',
    )
    .option('--dry-run', 'remove nothing, show of each snapshot what keeps it')
    .option('--json', 'show events as JSON, one a line')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: PruneOptions) => {
      const { job, only } = await loadJob(name, options);
      const { dryRun = false, json = false } = options;
      if (job.keep === undefined) {
        throw new UsageError(
          'no-rules',
          `the job "${name}" has no rules of what to keep, so there is nothing to prune`,
          'Give it `keep` in the configuration, such as `keep: { target: { daily: 14 } }`.',
        );
      }
      const order = { job, task: 'prune', only, dryRun, full: false } as const;
      context.setExitCode(await showRun(order, json, context));
    });
}
