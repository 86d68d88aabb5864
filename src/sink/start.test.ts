import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAuthority } from '../../test/support/authority.ts';
import { parseConfig } from '../config/parse.ts';
import type { Sink } from '../config/sink.ts';
import type { SinkReport } from './messages.ts';
import { type SinkHandle, startSink } from './start.ts';

// The real process. What needs no pool can be seen of it here.
const SOON = { timeout: 60_000, interval: 50 };
vi.setConfig({ testTimeout: 90_000 });

let authority: Awaited<ReturnType<typeof createAuthority>>;
let handle: SinkHandle | undefined;
let reports: SinkReport[];

beforeEach(async () => {
  authority = await createAuthority();
  reports = [];
});
afterEach(async () => {
  handle?.stop(0);
  await handle?.done;
  handle = undefined;
  await authority[Symbol.asyncDispose]();
});

function configOf(port: number, clients = ''): Sink {
  const { ca, cert, key, crl } = authority.paths;
  const tls = `{ ca: ${ca}, cert: ${cert}, key: ${key}, crl: ${crl} }`;
  const text = `sink: { listen: 127.0.0.1:8470, tls: ${tls}, clients: { ${clients} } }`;
  const { sink } = parseConfig(text, 'c.yaml');
  if (sink === undefined) throw new Error('no sink');
  return { ...sink, listen: { ...sink.listen, port } };
}

function start(config: Sink): SinkHandle {
  handle = startSink(config, (report) => void reports.push(report));
  return handle;
}

it('reports once it listens, takes another configuration over, and ends when it is asked to', async () => {
  const sink = start(configOf(0));
  await vi.waitUntil(() => reports.length > 0, SOON);
  expect(reports[0]).toMatchObject({ clients: [], transfers: [], problems: [] });
  sink.reload(configOf(0, 'constructor: { dataset: nopool/a }'));
  // Whatever there is of ZFS here, there is no such pool.
  await vi.waitUntil(() => reports.at(-1)?.problems.length === 1, SOON);
  const last = reports.at(-1);
  expect(last?.clients.map(({ name }) => name)).toEqual(['constructor']);
  expect(last?.problems[0]?.message).toMatch(/^the client constructor cannot push: /);
  sink.stop(0);
  expect(await sink.done).toBe(null);
});

it('says why it cannot listen', async () => {
  const missing = configOf(0);
  const files = { ...missing, tls: { ...missing.tls, key: '/none/sink.key' } };
  expect(await start(files).done).toMatchObject({
    code: 'tls-unreadable',
    message: expect.stringContaining('cannot read /none/sink.key'),
  });
  // An address that no machine has.
  const elsewhere = { ...configOf(8470), listen: { host: '192.0.2.1', port: 8470 } };
  expect(await start(elsewhere).done).toMatchObject({ code: 'sink-listen' });
  expect(reports).toEqual([]);
});

it('that is killed is told of as a crash', async () => {
  const { pid, done } = start(configOf(0));
  await vi.waitUntil(() => reports.length > 0, SOON);
  process.kill(pid ?? 0, 'SIGKILL');
  expect(await done).toMatchObject({
    code: 'sink-crashed',
    message: expect.stringContaining('was killed by SIGKILL'),
  });
});
