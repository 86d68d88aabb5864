import { expect, it } from 'vitest';
import type { SinkStatus } from '../../http/sink-schemas.ts';
import { sinkLines } from './sink.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const MIB = 1024 ** 2;

const SINK: SinkStatus = {
  state: 'listening',
  listen: '[::]:8470',
  pid: 7,
  startedAt: NOW - 3_600_000,
  restarts: 0,
  clients: [
    { name: 'pve-1', dataset: 'tank/pve-1', connections: 3, sessions: 2, bytesReceived: 9 },
    { name: 'pve-2', dataset: 'tank/pve-2', connections: 0, sessions: 0, bytesReceived: 0 },
  ],
  transfers: [
    {
      client: 'pve-1',
      session: 'aa',
      kind: 'rbd',
      source: 'rbd/vm\u001b[1m',
      dataset: 'tank/pve-1/rbd/rbd/vm',
      address: '192.0.2.7',
      since: NOW - 90_000,
      bytesReceived: 600 * MIB,
      bytesWritten: 512 * MIB,
      bytesPerSecond: 100 * MIB,
      requests: 12,
      waitsFor: 'target',
    },
  ],
  refused: { handshake: 0, certificate: 2, client: 1, busy: 0 },
};

it('says who pushes what, from where, how fast, and what it waits for', () => {
  const [head, row, line] = sinkLines(SINK, NOW);
  expect(head?.split(/ {2,}/)).toEqual(
    'CLIENT,FROM,SOURCE,DATASET,FOR,RECEIVED,WRITTEN,RATE,REQUESTS,WAITS FOR'.split(','),
  );
  expect(row).toMatch(
    /^pve-1 +192\.0\.2\.7 +rbd\/vm.+ tank\/pve-1\/rbd\/rbd\/vm +1m30s +600 MiB +512 MiB +100 MiB\/s +12 +target$/,
  );
  expect(row).not.toContain('\u001b');
  expect(line).toBe(
    'sink listens on [::]:8470, 2 clients, 3 connections, up 1h00m, refused: 2 by certificate, 1 unknown client',
  );
});

it('says that it is down, and how often it was', () => {
  const down = { ...SINK, state: 'down', startedAt: null, restarts: 4, transfers: [] } as const;
  expect(sinkLines(down, NOW)).toEqual([
    expect.stringMatching(/^sink DOWN \(\[::\]:8470\), .*, 4 restarts, /),
  ]);
});

it('says nothing where there is none', () => {
  expect(sinkLines(null, NOW)).toEqual([]);
});
