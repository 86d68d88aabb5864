import type { SinkStatus } from '../../http/sink-schemas.ts';
import { type Column, formatTable } from '../../lib/columns.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { formatBytes, formatRate } from '../../lib/size.ts';
import { count } from './words.ts';

const COLUMNS: readonly Column[] = [
  { title: 'CLIENT', align: 'left' },
  { title: 'FROM', align: 'left' },
  { title: 'SOURCE', align: 'left' },
  { title: 'DATASET', align: 'left' },
  { title: 'FOR', align: 'right' },
  { title: 'RECEIVED', align: 'right' },
  { title: 'WRITTEN', align: 'right' },
  { title: 'RATE', align: 'right' },
  { title: 'REQUESTS', align: 'right' },
  { title: 'WAITS FOR', align: 'left' },
];

const REFUSED = {
  handshake: 'without TLS',
  certificate: 'by certificate',
  client: 'unknown client',
  busy: 'too many',
} as const;

/** What the sink does at the time `now`, for people; nothing where there is none. */
export function sinkLines(sink: SinkStatus | null, now: number): string[] {
  if (sink === null) return [];
  return [...transferLines(sink, now), sinkLine(sink, now)];
}

/** Who pushes what, from where, how fast, and what it waits for. */
function transferLines({ transfers }: SinkStatus, now: number): string[] {
  if (transfers.length === 0) return [];
  const rows = transfers.map((transfer) => [
    printable(transfer.client),
    transfer.address ?? '-',
    printable(transfer.source),
    printable(transfer.dataset),
    ago(transfer.since, now),
    formatBytes(transfer.bytesReceived),
    formatBytes(transfer.bytesWritten),
    transfer.bytesPerSecond === null ? '-' : formatRate(transfer.bytesPerSecond),
    String(transfer.requests),
    transfer.waitsFor,
  ]);
  return formatTable(COLUMNS, rows);
}

function sinkLine(sink: SinkStatus, now: number): string {
  const { state, listen, startedAt, clients, restarts } = sink;
  const is = state === 'listening' ? `listens on ${listen}` : `${state.toUpperCase()} (${listen})`;
  const connections = clients.reduce((sum, client) => sum + client.connections, 0);
  const facts = [`sink ${is}`, count(clients.length, 'client'), count(connections, 'connection')];
  if (startedAt !== null) facts.push(`up ${ago(startedAt, now)}`);
  if (restarts > 0) facts.push(count(restarts, 'restart'));
  const refused = (['handshake', 'certificate', 'client', 'busy'] as const)
    .filter((reason) => sink.refused[reason] > 0)
    .map((reason) => `${sink.refused[reason]} ${REFUSED[reason]}`);
  if (refused.length > 0) facts.push(`refused: ${refused.join(', ')}`);
  return facts.join(', ');
}

function ago(from: number, to: number): string {
  return formatDuration(Math.max(0, Math.round((to - from) / 1000) * 1000));
}
