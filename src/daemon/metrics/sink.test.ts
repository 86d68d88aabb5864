import { expect, it } from 'vitest';
import { daemonStatus, NOW } from '../../../test/fakes/control.ts';
import type { SinkStatus } from '../../http/sink-schemas.ts';
import { createMetrics } from './metrics.ts';

const SINK: SinkStatus = {
  state: 'listening',
  listen: '0.0.0.0:8470',
  pid: 7,
  startedAt: NOW,
  restarts: 3,
  clients: [{ name: 'pve-1', dataset: 'd', connections: 4, sessions: 2, bytesReceived: 1000 }],
  transfers: [
    {
      client: 'pve-1',
      session: 'aa',
      kind: 'rbd',
      source: 'rbd/vm',
      dataset: 'd/rbd/rbd/vm',
      address: null,
      since: NOW,
      bytesReceived: 1,
      bytesWritten: 1,
      bytesPerSecond: null,
      requests: 0,
      waitsFor: 'network',
    },
  ],
  refused: { handshake: 0, certificate: 5, client: 0, busy: 0 },
};

const silent = { subscribe: () => ({ [Symbol.dispose]: () => undefined }) };

/** What is shown of a sink that is first this and then that. */
async function shown(...sinks: readonly (SinkStatus | null)[]): Promise<string[]> {
  let sink: SinkStatus | null = null;
  const reload = { successful: true, loadedAt: NOW };
  const view = () => ({
    status: daemonStatus({ sink }),
    sources: () => [],
    reload,
    historyProblem: false,
  });
  using metrics = createMetrics(view, silent);
  let text = '';
  for (const next of sinks) {
    sink = next;
    ({ text } = await metrics.page());
  }
  return text.split('\n').filter((line) => line.startsWith('ceph2zfs_sink_'));
}

it('shows the clients of the sink, and who was refused', async () => {
  expect(await shown(SINK)).toEqual([
    'ceph2zfs_sink_up{listen="0.0.0.0:8470"} 1',
    'ceph2zfs_sink_restarts_total 3',
    'ceph2zfs_sink_received_bytes_total{client="pve-1"} 1000',
    'ceph2zfs_sink_connections{client="pve-1"} 4',
    'ceph2zfs_sink_sessions{client="pve-1"} 2',
    'ceph2zfs_sink_transfers{client="pve-1",waits_for="source"} 0',
    'ceph2zfs_sink_transfers{client="pve-1",waits_for="network"} 1',
    'ceph2zfs_sink_transfers{client="pve-1",waits_for="target"} 0',
    'ceph2zfs_sink_refused_connections_total{reason="handshake"} 0',
    'ceph2zfs_sink_refused_connections_total{reason="certificate"} 5',
    'ceph2zfs_sink_refused_connections_total{reason="client"} 0',
    'ceph2zfs_sink_refused_connections_total{reason="busy"} 0',
  ]);
});

it('shows what the sink says now, whatever it said before', async () => {
  const [client] = SINK.clients;
  const other = client === undefined ? [] : [{ ...client, name: 'pve-2', bytesReceived: 7 }];
  const down = { ...SINK, state: 'down', clients: other, transfers: [] } as const;
  const lines = await shown(SINK, down);
  expect(lines).toContain('ceph2zfs_sink_up{listen="0.0.0.0:8470"} 0');
  expect(lines).toContain('ceph2zfs_sink_received_bytes_total{client="pve-2"} 7');
  expect(lines.filter((line) => line.includes('pve-1'))).toEqual([]);
});

it('shows nothing of a sink where there is none', async () => {
  const lines = await shown(null);
  expect(lines.filter((line) => !line.startsWith('ceph2zfs_sink_restarts_total'))).toEqual([]);
});
