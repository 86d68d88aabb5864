import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { ListedDataset } from '../core/backup-list.ts';
import { printable } from '../lib/printable.ts';
import { listBackups } from '../target/zfs/list.ts';
import { pinSnapshot, unpinSnapshot } from '../target/zfs/pin.ts';
import { type CliContext, configOption, writeLines } from './context.ts';
import { UsageError } from './errors.ts';
import { placesOf } from './places.ts';

const EXAMPLES = `
A snapshot is SOURCE@NAME or DATASET@NAME, as \`ceph2zfs list\` shows them:
  ceph2zfs pin rbd/vm-17@c2z_2026-11-23T14:00:00Z
  ceph2zfs unpin tank/backup/rbd/vm-17@c2z_2026-11-23T14:00:00Z
`;

/** `pin` and `unpin`: what the operator wants to keep, whatever the rules say. */
export function addPinCommands(program: Command, context: CliContext): void {
  const commands = [
    ['pin', 'keep a backup on the target, whatever the rules say', pinSnapshot, 'pinned'],
    ['unpin', 'let the rules decide again about a backup', unpinSnapshot, 'unpinned'],
  ] as const;
  for (const [name, description, change, done] of commands) {
    program
      .command(name)
      .description(description)
      .argument('<snapshot...>', 'SOURCE@NAME or DATASET@NAME')
      .addOption(configOption())
      .addHelpText('after', EXAMPLES)
      .action(async (snapshots: readonly string[], { config }: { config: string }) => {
        const signal = new AbortController().signal;
        const targets = placesOf(await loadConfig(config)).map(({ target }) => target);
        const sinks = targets.flatMap((target) => (target.type === 'sink' ? [target.url] : []));
        const roots = targets.flatMap((target) => (target.type === 'zfs' ? [target.dataset] : []));
        const datasets = await allBackups(roots, signal);
        // All are looked up before the first is changed: a misspelt one changes nothing.
        const found = snapshots.map((snapshot) => findSnapshot(datasets, snapshot, sinks));
        for (const snapshot of found) {
          await change(snapshot, signal);
          writeLines(context.stdout, [`${done} ${printable(snapshot)}`]);
        }
      });
  }
}

async function allBackups(
  roots: readonly string[],
  signal: AbortSignal,
): Promise<readonly ListedDataset[]> {
  const listed: ListedDataset[] = [];
  for (const root of roots) listed.push(...(await listBackups(root, signal)));
  return listed;
}

/** The one backup that is meant, as `DATASET@NAME`. One that is not here may be at one of the sinks, if there are any. */
export function findSnapshot(
  datasets: readonly ListedDataset[],
  wanted: string,
  sinks: readonly string[] = [],
): string {
  const at = wanted.lastIndexOf('@');
  const [where, name] = [wanted.slice(0, Math.max(0, at)), wanted.slice(at + 1)];
  const meant = datasets.filter(({ dataset, source }) => dataset === where || source === where);
  const found = meant.filter(({ snapshots }) => snapshots.some((each) => each.name === name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return `${only.dataset}@${name}`;
  if (found.length > 1) {
    throw new UsageError(
      'ambiguous-snapshot',
      `${wanted} is in ${found.map(({ dataset }) => dataset).join(' and in ')}`,
      'Name the dataset instead of the source.',
    );
  }
  if (sinks.length > 0) {
    throw new UsageError(
      'pin-at-sink',
      `there is no backup ${JSON.stringify(wanted)} on this machine, and what is pushed is pinned where it is: at ${sinks.join(' or ')}`,
      'Run this command on the machine of the sink; `ceph2zfs list` shows the dataset there and here.',
    );
  }
  throw new UsageError(
    'unknown-snapshot',
    meant.length === 0
      ? `there are no backups of ${JSON.stringify(where)}`
      : `there is no backup ${JSON.stringify(name)} of ${where}`,
    'See `ceph2zfs list`; a snapshot is SOURCE@NAME or DATASET@NAME.',
  );
}
