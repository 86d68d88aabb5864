import type { SelectionVerdict } from '../../core/events.ts';
import { formatTable } from '../../lib/columns.ts';
import { printable } from '../../lib/printable.ts';
import type { RunState } from './run-state.ts';

const STATES: Readonly<Record<SelectionVerdict['state'], string>> = {
  'backed-up': '',
  new: 'new',
  vanished: 'there no more',
};

/** Which sources a job selects, by which patterns, and where their backups go. */
export function selectionLines({ verdicts }: RunState): string[] {
  if (verdicts.length === 0) return [];
  return formatTable(
    [
      { title: 'SOURCE', align: 'left' },
      { title: 'SELECTED', align: 'left' },
      { title: 'BY', align: 'left' },
      { title: 'DATASET', align: 'left' },
      { title: '', align: 'left' },
    ],
    verdicts.map(({ source, selected, pattern, group, dataset, state }) => [
      printable(source),
      selected ? 'yes' : 'no',
      byText(pattern, group),
      dataset === null ? '' : printable(dataset),
      selected ? STATES[state] : '',
    ]),
  ).map((line) => line.trimEnd());
}

function byText(pattern: string | null, group: string | null): string {
  if (pattern === null) return 'no pattern';
  return printable(group === null ? pattern : `group ${group}, by ${pattern}`);
}
