import type { Command } from 'commander';
import { type CliContext, configOption } from './context.ts';
import { loadJob } from './find-job.ts';
import { showRun } from './show-run.ts';

const EXAMPLES = `
Examples:
  ceph2zfs test vms                        which images the job "vms" selects, and why
  ceph2zfs test vms --only 'rbd/vm-1*'     only these
`;

interface TestOptions {
  readonly config: string;
  readonly only?: string;
  readonly json?: true;
}

export function addTestCommand(program: Command, context: CliContext): void {
  program
    .command('test')
    .description('show which sources a job selects, by which pattern, and where they go')
    .argument('<job>', 'name of the job')
    .option('--only <pattern>', 'only sources that match, such as "rbd/vm-*" or "/home/*"')
    .option('--json', 'show events as JSON, one a line')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: TestOptions) => {
      const { job, only } = await loadJob(name, options);
      const order = { job, task: 'test', only, dryRun: true, full: false } as const;
      context.setExitCode(await showRun(order, options.json === true, context));
    });
}
