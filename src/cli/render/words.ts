import type {
  FullReason,
  RunEvent,
  TransferFinished,
  TransferPlanned,
  TreeCounts,
} from '../../core/events.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes } from '../../lib/size.ts';

const REASONS: Readonly<Record<FullReason, string>> = {
  first: 'nothing on the target yet',
  replaced: 'the source was removed and made again',
  'no-base': 'no snapshot in common any more',
  asked: 'asked for',
};

/** `incremental from c2z_…`, or `full: nothing on the target yet`, and where it goes. */
export function plannedText(plan: TransferPlanned): string {
  const { base, beside, dataset, resumeOffset } = plan;
  const parts = [
    base === null ? `full: ${reasonText(plan)}` : `incremental from ${printable(base)}`,
    `to ${printable(dataset)}${plan.createsDataset ? ' (new)' : ''}`,
  ];
  if (beside !== null) parts.push(`beside ${printable(beside)}, which stays as it is`);
  if (resumeOffset > 0) parts.push(`continues at ${formatBytes(resumeOffset)}`);
  return parts.join(', ');
}

export function reasonText({ reason }: TransferPlanned): string {
  return reason === null ? '' : REASONS[reason];
}

/** What a finished transfer came to, on one line. */
export function finishedText(event: TransferFinished): string {
  const facts = [
    event.tree === null ? event.mode : `${event.mode}, ${treeText(event.tree, event.mode)}`,
    `read ${formatBytes(event.bytesRead)}`,
    `wrote ${formatBytes(event.bytesWritten)}`,
    formatDuration(event.durationMs),
    printable(event.snapshot),
  ];
  return facts.join(', ');
}

/** What was done to a tree, then what was looked at. */
function treeText(tree: TreeCounts, mode: 'full' | 'incremental'): string {
  const done = [
    [tree.created, 'created'],
    [tree.changed, 'changed'],
    [tree.renamed, 'renamed'],
    [tree.linked, 'linked'],
    [tree.removed, 'removed'],
  ] as const;
  const changes = done
    .filter(([number]) => number > 0)
    .map(([number, verb]) => `${number} ${verb}`);
  const all = changes.length === 0 ? ['nothing changed'] : changes;
  if (tree.skipped > 0) all.unshift(partialText(tree.skipped));
  const scanned = count(tree.scanned, 'directory', 'directories');
  const looked = [`${entriesText(tree.compared)} compared`, `${scanned} scanned`];
  if (tree.rechecked > 0) looked.splice(1, 0, `${tree.rechecked} rechecked`);
  if (!tree.full) looked.push(`${tree.pruned} pruned`);
  else if (mode === 'incremental') looked.push('full scan');
  return `${all.join(', ')}; ${looked.join(', ')}`;
}

/** Loud, because a backup that lacks something looks like any other. */
export function partialText(skipped: number): string {
  return `PARTIAL: ${entriesText(skipped)} could not be copied`;
}

export function entriesText(entries: number): string {
  return count(entries, 'entry', 'entries');
}

/** `2 snapshots removed from the target: c2z_…, c2z_…`. */
export function prunedText(event: Extract<RunEvent, { type: 'snapshots-pruned' }>): string {
  const { side, dataset, snapshots } = event;
  const where = dataset === null ? `the ${side}` : printable(dataset);
  return `${count(snapshots.length, 'snapshot')} removed from ${where}: ${snapshots.map(printable).join(', ')}`;
}

/** `2 sources are there no more, and keep their backups: rbd/a, rbd/b`. */
export function vanishedText({ sources }: Extract<RunEvent, { type: 'sources-vanished' }>): string {
  const names = sources.map(printable).join(', ');
  const [verb, its] = sources.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return `${count(sources.length, 'source')} ${verb} there no more, ${its} backups stay: ${names}`;
}

/** `before_snapshot hook /usr/local/bin/freeze: ok, 0.4s`. */
export function hookText(event: Extract<RunEvent, { type: 'hook-finished' }>): string {
  const { hook, command, outcome, durationMs } = event;
  return `${hook} hook ${printable(command)}: ${outcome}, ${formatDuration(durationMs)}`;
}

/** A warning with its hint, on one line; the source comes first when there is one. */
export function warningText(event: Extract<RunEvent, { type: 'warning' }>): string {
  const where = event.source === null ? '' : `${event.source}: `;
  const hint = event.hint === null ? '' : ` (${event.hint})`;
  return `warning: ${printable(where + event.message + hint)}`;
}

/** A message on one line: the summary at the end has it whole. */
export function failedText({ error }: Extract<RunEvent, { type: 'transfer-failed' }>): string {
  return printable(error.message.split('\n', 1)[0] ?? '');
}

/** `1 source`, `2 sources`. */
export function count(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}
