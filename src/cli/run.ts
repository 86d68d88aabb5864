import type { Command } from 'commander';
import { type CliContext, configOption } from './context.ts';
import { loadJob } from './find-job.ts';
import { showRun } from './show-run.ts';

const EXAMPLES = `
Examples:
  ceph2zfs run vms                         back up all that the job "vms" selects
  ceph2zfs run vms --only rbd/vm-17        only this image
  ceph2zfs run homes --only '/home/a*'     only these directories
  ceph2zfs run vms --dry-run               show what would be done
  ceph2zfs run vms --full --only rbd/vm-17 copy the whole image again
  ceph2zfs run vms --json | jq -c 'select(.type == "transfer-failed")'
`;

interface RunOptions {
  readonly config: string;
  readonly only?: string;
  readonly dryRun?: true;
  readonly full?: true;
  readonly json?: true;
}

export function addRunCommand(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run a job: back up its sources now')
    .argument('<job>', 'name of the job')
    .option(
      '--only <pattern>',
      'only those of its sources that match, such as "rbd/vm-*" or "/home/*"',
    )
    .option('--dry-run', 'change nothing, show what would be done')
    .option('--full', 'copy sources whole, even when an incremental transfer could be made')
    .option('--json', 'show events as JSON, one a line')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: RunOptions) => {
      const { job, only } = await loadJob(name, options);
      const { dryRun = false, full = false, json = false } = options;
      const order = { job, task: 'back-up', only, dryRun, full } as const;
      context.setExitCode(await showRun(order, json, context));
    });
}
