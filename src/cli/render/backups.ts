import type { ListedDataset } from '../../core/backup-list.ts';
import { formatTable } from '../../lib/columns.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes } from '../../lib/size.ts';
import { count, partialText } from './words.ts';

/** A dataset with where it is, and what it is of. */
export type JobDataset = ListedDataset & {
  /** The job that it belongs to; null when no job selects its source any more. */
  readonly job: string | null;
  /** Who pushed it to the sink of this machine; null when nobody did. */
  readonly client: string | null;
  /** URL of the sink that has it; null when it is here. */
  readonly sink: string | null;
};

/** All backups, for people: a heading for each source, then a table of its snapshots. */
export function backupLines(datasets: readonly JobDataset[]): string[] {
  if (datasets.length === 0) return ['no backups'];
  return datasets.flatMap((entry, index) => [...(index === 0 ? [] : ['']), ...datasetLines(entry)]);
}

function datasetLines(entry: JobDataset): string[] {
  const { source, dataset, sink, used, unfinished, snapshots } = entry;
  const facts = [
    sink === null ? printable(dataset) : `${printable(dataset)} at ${sink}`,
    ownerText(entry),
    count(snapshots.length, 'snapshot'),
    `${formatBytes(used)} used`,
  ];
  if (unfinished !== null)
    facts.push(`unfinished transfer up to ${formatBytes(unfinished.offset)}`);
  const partial = snapshots.filter(({ skipped }) => skipped > 0).length;
  if (partial > 0) facts.push(`${partial} PARTIAL`);
  return [`${printable(source)}: ${facts.join(', ')}`, ...snapshotLines(entry)];
}

function ownerText({ job, client }: JobDataset): string {
  if (client !== null) return `pushed by ${client}`;
  return job === null ? 'no job selects it' : `job ${job}`;
}

function snapshotLines({ snapshots }: JobDataset): string[] {
  if (snapshots.length === 0) return [];
  const rows = snapshots.map(({ name, createdAt, sourceSize, written, base, skipped, held }) => [
    `${new Date(createdAt).toISOString().slice(0, 19).replace('T', ' ')}Z`,
    printable(name),
    formatBytes(sourceSize),
    formatBytes(written),
    [
      base === null ? 'full' : 'incremental',
      ...(held ? ['held'] : []),
      ...(skipped > 0 ? [partialText(skipped)] : []),
    ].join(', '),
  ]);
  const table = formatTable(
    [
      { title: 'TIME', align: 'left' },
      { title: 'SNAPSHOT', align: 'left' },
      { title: 'SIZE', align: 'right' },
      { title: 'WRITTEN', align: 'right' },
      { title: 'TRANSFER', align: 'left' },
    ],
    rows,
  );
  return table.map((line) => `  ${line}`);
}
