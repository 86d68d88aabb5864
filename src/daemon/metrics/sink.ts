import type { SinkStatus } from '../../http/sink-schemas.ts';
import type { Sample, Total } from './sample.ts';

/** What the metrics show of the sink now; nothing where there is none. */
export function sinkGauges(sink: SinkStatus | null): readonly Sample[] {
  if (sink === null) return [];
  const { state, listen, clients, transfers } = sink;
  const waiting = Map.groupBy(transfers, ({ client, waitsFor }) => `${waitsFor} ${client}`);
  return [
    { name: 'ceph2zfs_sink_up', labels: { listen }, value: state === 'listening' ? 1 : 0 },
    ...clients.flatMap(({ name: client, connections, sessions }): Sample[] => [
      { name: 'ceph2zfs_sink_connections', labels: { client }, value: connections },
      { name: 'ceph2zfs_sink_sessions', labels: { client }, value: sessions },
      ...(['source', 'network', 'target'] as const).map(
        (waitsFor): Sample => ({
          name: 'ceph2zfs_sink_transfers',
          labels: { client, waits_for: waitsFor },
          value: waiting.get(`${waitsFor} ${client}`)?.length ?? 0,
        }),
      ),
    ]),
  ];
}

/** What the sink itself counts. */
export function sinkTotals(sink: SinkStatus | null): readonly Total[] {
  if (sink === null) return [];
  return [
    { name: 'ceph2zfs_sink_restarts_total', labels: {}, value: sink.restarts },
    ...sink.clients.map(
      ({ name: client, bytesReceived }): Total => ({
        name: 'ceph2zfs_sink_received_bytes_total',
        labels: { client },
        value: bytesReceived,
      }),
    ),
    ...Object.entries(sink.refused).map(
      ([reason, value]): Total => ({
        name: 'ceph2zfs_sink_refused_connections_total',
        labels: { reason },
        value,
      }),
    ),
  ];
}
