import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config, Job } from '../config/schema.ts';
import type { RunEvent } from '../core/events.ts';
import { closest } from '../lib/closest.ts';
import { startRun } from '../runner/start.ts';
import { type CliContext, configOption } from './context.ts';
import { UsageError } from './errors.ts';
import { codeOfSignal, type StopSignal } from './exit-codes.ts';
import { checkNamePattern } from './name-pattern.ts';
import { createJsonRenderer } from './render/json.ts';
import { createLiveRenderer } from './render/live.ts';
import { createPlainRenderer } from './render/plain.ts';
import type { Renderer } from './render/renderer.ts';
import { exitCodeOfRun } from './run-exit-code.ts';
import { onStopSignals } from './signals.ts';

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
      const job = findJob(await loadConfig(options.config), name);
      const only = options.only ?? null;
      if (only !== null) checkNamePattern(only, job.source.type);
      context.setExitCode(await run(job, { ...options, only }, context));
    });
}

async function run(
  job: Job,
  options: Omit<RunOptions, 'only'> & { only: string | null },
  context: CliContext,
): Promise<number> {
  const { only, dryRun = false, full = false, json = false } = options;
  const renderer = createRenderer(json, context);
  const failures: string[] = [];
  let stoppedBy: StopSignal | null = null;
  let isForced = false;
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'transfer-failed') failures.push(event.error.code);
    // That a run which was killed did not end well is no news.
    renderer.event(isForced && event.type === 'run-finished' ? { ...event, error: null } : event);
  };
  const handle = startRun({ job, only, dryRun, full }, onEvent);
  using _signals = onStopSignals((signal, count) => {
    stoppedBy ??= signal;
    isForced = count > 1;
    if (count === 1) renderer.note('Stopping cleanly; once more to force.');
    if (count < 3) handle.cancel(signal);
    // Not even a kill ends a process that waits for a dead device.
    else process.exit(codeOfSignal(signal));
  });
  const result = await handle.done;
  renderer.close();
  return exitCodeOfRun(result, failures, stoppedBy);
}

export function findJob({ jobs }: Config, name: string): Job {
  const job = jobs.find((candidate) => candidate.name === name);
  if (job !== undefined) return job;
  const names = jobs.map((candidate) => candidate.name);
  const meant = closest(name, names);
  const advice = meant === null ? '' : ` Did you mean "${meant}"?`;
  throw new UsageError(
    'unknown-job',
    `there is no job "${name}"`,
    `The jobs are: ${names.join(', ')}.${advice}`,
  );
}

function createRenderer(json: boolean, { stdout, stderr }: CliContext): Renderer {
  if (json) return createJsonRenderer(stdout, stderr);
  const isTerminal = stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  return isTerminal ? createLiveRenderer(stdout, process.env) : createPlainRenderer(stdout, stderr);
}
