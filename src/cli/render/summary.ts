import { formatTable } from '../../lib/columns.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes } from '../../lib/size.ts';
import { reportLines } from '../errors.ts';
import type { RunState } from './run-state.ts';
import { count, partialText, reasonText } from './words.ts';

/** Everything that failed, whole: the last thing on the screen but for the totals. */
export function failureLines({ failures, result }: RunState): string[] {
  const lines = failures.flatMap(({ source, error }) => [
    `failed: ${printable(source)}`,
    ...reportLines(error).map((line) => `  ${line}`),
  ]);
  const error = result?.error ?? null;
  if (error === null) return lines;
  const [message = '', ...rest] = reportLines(error);
  // What the operator asked for is no error.
  const label = error.code === 'cancelled' ? '' : 'error: ';
  return [...lines, label + message, ...rest];
}

/** Every backup that lacks something: whoever looks at the end of a run must not miss it. */
export function partialLines({ partial }: RunState): string[] {
  return partial.map(({ source, skipped }) => `${printable(source)}: ${partialText(skipped)}`);
}

/**
 * The totals of a run that has ended: counted from what was seen, because a run that broke off
 * cannot say any more.
 */
export function totalLines(state: RunState): string[] {
  const { result, selected, succeeded, failures, partial, warnings, plans } = state;
  if (result === null) return [];
  const done = isPlan(state) ? plans.length : succeeded;
  const rest = (selected ?? 0) - done - failures.length;
  const facts: string[] = [];
  if (state.task === 'test') {
    const chosen = state.verdicts.filter((verdict) => verdict.selected).length;
    facts.push(`${chosen} of ${count(state.verdicts.length, 'source')} selected`);
  }
  if (selected !== null) {
    const sources = count(selected, 'source');
    facts.push(`${done} of ${sources} ${doneText(state)}`);
  }
  if (partial.length > 0) facts.push(`${partial.length} PARTIAL`);
  if (failures.length > 0) facts.push(`${failures.length} failed`);
  if (rest > 0) facts.push(`${rest} not finished`);
  if (warnings > 0) facts.push(count(warnings, 'warning'));
  if (state.pruned > 0) facts.push(`${count(state.pruned, 'snapshot')} pruned`);
  if (selected !== null && state.task === 'back-up' && !state.dryRun) {
    facts.push(`read ${formatBytes(state.bytesRead)}`, `wrote ${formatBytes(state.bytesWritten)}`);
  }
  facts.push(formatDuration(result.durationMs));
  return [`${printable(result.job)}: ${result.outcome}: ${facts.join(', ')}`];
}

/** Whether nothing but plans was to be made. */
export function isPlan({ task, dryRun }: RunState): boolean {
  return task === 'back-up' && dryRun;
}

function doneText(state: RunState): string {
  if (isPlan(state)) return 'planned';
  if (state.task === 'back-up') return 'backed up';
  return state.dryRun ? 'looked at' : 'pruned';
}

/** What a dry run found, as a table. */
export function planLines({ plans }: RunState): string[] {
  if (plans.length === 0) return [];
  const rows = plans.map((plan) => [
    printable(plan.source),
    plan.mode,
    plan.estimatedBytes === null ? '-' : formatBytes(plan.estimatedBytes),
    plan.base === null ? reasonText(plan) : `from ${printable(plan.base)}`,
    [
      printable(plan.dataset) + (plan.createsDataset ? ' (new)' : ''),
      ...(plan.beside === null ? [] : [`beside ${printable(plan.beside)}`]),
      ...(plan.resumeOffset > 0 ? [`continues at ${formatBytes(plan.resumeOffset)}`] : []),
    ].join(', '),
  ]);
  return formatTable(
    [
      { title: 'SOURCE', align: 'left' },
      { title: 'TRANSFER', align: 'left' },
      { title: 'TO READ', align: 'right' },
      { title: 'WHY', align: 'left' },
      { title: 'DATASET', align: 'left' },
    ],
    rows,
  );
}
