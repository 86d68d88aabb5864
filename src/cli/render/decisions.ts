import type { PruneDecided } from '../../core/events.ts';
import { formatTable } from '../../lib/columns.ts';
import { printable } from '../../lib/printable.ts';
import type { RunState } from './run-state.ts';
import { count } from './words.ts';

/** What `prune` decided: for each place a heading, then a table of its snapshots with what keeps them. */
export function decisionLines({ decided, dryRun }: RunState): string[] {
  return decided.flatMap((place) => placeLines(place, dryRun));
}

function placeLines({ source, side, dataset, decisions }: PruneDecided, dryRun: boolean): string[] {
  if (decisions.length === 0) return [];
  const kept = decisions.filter(({ keep }) => keep).length;
  const where = dataset === null ? `on the ${side}` : printable(dataset);
  const rest = `${decisions.length - kept} ${dryRun ? 'would be removed' : 'not kept'}`;
  const rows = decisions.map(({ snapshot, keep, reasons }) => [
    keep ? 'keep' : 'remove',
    printable(snapshot),
    printable(reasons.join('; ')),
  ]);
  const table = formatTable(
    [
      { title: '', align: 'left' },
      { title: 'SNAPSHOT', align: 'left' },
      { title: 'KEPT BY', align: 'left' },
    ],
    rows,
  );
  return [
    `${printable(source)}, ${where}: ${count(decisions.length, 'snapshot')}, ${rest}`,
    ...table.map((line) => `  ${line}`.trimEnd()),
  ];
}
