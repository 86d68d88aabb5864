import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { type Config, isCephfsJob, type Job, patternsOf } from '../config/schema.ts';
import type { ListedDataset } from '../core/backup-list.ts';
import { printableJson } from '../lib/printable.ts';
import { compileSelect } from '../lib/select.ts';
import { listTarget } from '../runner/list-target.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import { errorLines, exitCodeOf } from './errors.ts';
import { codeOfSignal } from './exit-codes.ts';
import { checkNamePattern } from './name-pattern.ts';
import { placesOf } from './places.ts';
import { backupLines, type JobDataset } from './render/backups.ts';
import { onStopSignals } from './signals.ts';

const EXAMPLES = `
Examples:
  ceph2zfs list
  ceph2zfs list 'rbd/vm-*'
  ceph2zfs list '/home/**'
  ceph2zfs list --json | jq -r '.[].snapshots[].name'
`;

interface ListOptions {
  readonly config: string;
  readonly json?: true;
}

export function addListCommand(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('list the backups that the targets hold')
    .argument('[pattern]', 'only sources that match, such as "rbd/vm-*" or "/home/*"')
    .option('--json', 'as a JSON array')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (pattern: string | undefined, options: ListOptions) => {
      if (pattern !== undefined) checkNamePattern(pattern);
      const wanted = pattern === undefined ? () => true : compileSelect([pattern]);
      const config = await loadConfig(options.config);
      await list(config, wanted, options.json === true, context);
    });
}

async function list(
  config: Config,
  wanted: (source: string) => boolean,
  json: boolean,
  context: CliContext,
): Promise<void> {
  const abort = new AbortController();
  using _signals = onStopSignals((signal, count) => {
    context.setExitCode(codeOfSignal(signal));
    abort.abort();
    if (count > 1) process.exit(codeOfSignal(signal));
  });
  const found: JobDataset[] = [];
  let isComplete = true;
  for (const { target, jobs, client } of placesOf(config)) {
    const sink = target.type === 'sink' ? target.url : null;
    try {
      const listed = await listTarget(target, abort.signal);
      found.push(...listed.map((entry) => ({ job: jobOf(jobs, entry), client, sink, ...entry })));
    } catch (error) {
      if (abort.signal.aborted) return;
      // One target that is away does not hide the others.
      writeLines(context.stderr, errorLines(error));
      context.setExitCode(exitCodeOf(error));
      isComplete = false;
    }
  }
  const datasets = found.filter(({ source }) => wanted(source));
  if (json) writeLines(context.stdout, [printableJson(datasets, 2)]);
  // That nothing was found means something only when one could look everywhere.
  else if (datasets.length > 0 || isComplete) writeLines(context.stdout, backupLines(datasets));
}

/** The job that selects a source, of those whose backups go where it has one. */
function jobOf(jobs: readonly Job[], entry: ListedDataset): string | null {
  const job = jobs.find(
    (candidate) => hasKindOf(candidate, entry) && selects(patternsOf(candidate), entry),
  );
  return job?.name ?? null;
}

/** Which images are in a group now, only Ceph could tell: that of the newest backup counts. */
function selects(
  { select, groups }: ReturnType<typeof patternsOf>,
  { source, group }: ListedDataset,
): boolean {
  return compileSelect(select)(source) || (group !== null && compileSelect(groups)(group));
}

/** Whether a job's sources are of this kind and, if they are directories, in the same filesystem. */
function hasKindOf(job: Job, { kind, filesystem }: ListedDataset): boolean {
  return isCephfsJob(job)
    ? kind === 'cephfs' && job.source.fs === filesystem
    : kind === job.source.type;
}
