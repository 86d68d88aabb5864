import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { FakeControl } from '../../test/fakes/control.ts';
import { serveMetrics } from './serve-metrics.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

it('serves the metrics over TCP, and nothing else of the daemon', async () => {
  const control = new FakeControl();
  await using server = await serveMetrics(control, LOCAL);
  const base = `http://127.0.0.1:${server.port}`;
  const answer = await fetch(`${base}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const path of ['/', '/v1/status', '/v1/openapi.json', '/v1/events']) {
    expect((await fetch(base + path)).status).toBe(404);
  }
  for (const path of ['/metrics', '/v1/jobs/vms/pause', '/v1/reload']) {
    expect((await fetch(base + path, { method: 'POST' })).status).toBe(404);
  }
  expect(control.asked).toEqual([]);
});

it('tells nobody why the metrics cannot be shown', async () => {
  const metrics = () => Promise.reject(new Error('secret'));
  await using server = await serveMetrics({ metrics }, LOCAL);
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'the metrics cannot be shown\n']);
});

it('says that it cannot listen', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const { port } = other.address() as { readonly port: number };
  await expect(serveMetrics(new FakeControl(), { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'metrics-listen',
    message: `the metrics cannot be served on 127.0.0.1 port ${port}`,
  });
  other.close();
});
