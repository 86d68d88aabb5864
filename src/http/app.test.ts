import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonStatus, FakeControl } from '../../test/fakes/control.ts';
import { createApp } from './app.ts';
import { createEventLog, type EventLog } from './events.ts';
import { DaemonStatus } from './schemas.ts';

let control: FakeControl;
let events: EventLog;
let app: ReturnType<typeof createApp>;

beforeEach(() => {
  control = new FakeControl();
  events = createEventLog(control);
  app = createApp(control, events);
});
afterEach(() => events[Symbol.dispose]());

async function post(path: string, body?: unknown): Promise<Response> {
  const json = { 'content-type': 'application/json' };
  const payload = body === undefined ? {} : { body: JSON.stringify(body), headers: json };
  return app.request(path, { method: 'POST', ...payload });
}

describe('the API', () => {
  it('tells how the daemon is', async () => {
    const answer = await app.request('/v1/status');
    expect(answer.status).toBe(200);
    const status: unknown = await answer.json();
    expect(status).toEqual(daemonStatus());
    expect(DaemonStatus.safeParse(status).success).toBe(true);
  });

  it('passes on what it is asked for', async () => {
    const started = await post('/v1/jobs/vms/trigger', { only: 'rbd/a*', full: true });
    expect([started.status, await started.json()]).toEqual([202, { state: 'started', run: 'r1' }]);
    expect(control.orders).toEqual([{ only: 'rbd/a*', full: true, dryRun: false }]);
    for (const path of ['jobs/vms/pause', 'jobs/vms/resume', 'jobs/vms/cancel', 'runs/r1/cancel']) {
      expect((await post(`/v1/${path}`)).status).toBe(204);
    }
    expect((await post('/v1/reload')).status).toBe(200);
    expect(control.asked).toEqual([
      'trigger vms',
      'pause vms',
      'resume vms',
      'cancel {"job":"vms"}',
      'cancel {"run":"r1"}',
      'reload',
    ]);
  });

  it('tells a refusal as it was told, with its causes', async () => {
    const answer = await post('/v1/jobs/nope/pause');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      code: 'unknown-job',
      message: 'there is no job "nope"',
      retry: 'never',
      hint: 'Look again.',
      causes: ['because'],
    });
  });

  it.each([
    ['/v1/jobs/vms/trigger', { only: 7 }],
    ['/v1/jobs/vms/trigger', { oly: 'rbd/a' }],
    ['/v1/jobs/vms/trigger', []],
  ])('refuses %s with %j, and does nothing', async (path, body) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'request-invalid' });
    expect(control.asked).toEqual([]);
  });

  it('knows no other paths, and no run that there is not', async () => {
    for (const path of ['/', '/v2/status', '/v1/runs/none']) {
      const answer = await app.request(path);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not-found' }]);
    }
    expect((await app.request('/v1/runs?limit=0')).status).toBe(400);
  });

  it('tells the metrics as they are told', async () => {
    const answer = await app.request('/metrics');
    expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('describes all of itself', async () => {
    const document = (await (await app.request('/v1/openapi.json')).json()) as {
      readonly paths: Readonly<Record<string, unknown>>;
    };
    const routes = app.routes.filter(
      ({ method, path }) => method !== 'ALL' && path !== '/v1/openapi.json',
    );
    const described = Object.keys(document.paths).map((path) =>
      path.replaceAll(/\{(\w+)\}/g, ':$1'),
    );
    expect(new Set(described)).toEqual(new Set(routes.map(({ path }) => path)));
    expect(described.length).toBeGreaterThan(8);
  });
});

describe('the stream of events', () => {
  /** Reads until so many events have come. */
  async function read(count: number, last?: number): Promise<string[]> {
    const abort = new AbortController();
    const headers: Record<string, string> =
      last === undefined ? {} : { 'last-event-id': String(last) };
    const answer = await app.request('/v1/events', { headers, signal: abort.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('\n\n').length <= count) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    abort.abort();
    return text
      .split('\n\n')
      .slice(0, count)
      .map((event) =>
        event
          .split('\n')
          .filter((line) => !line.startsWith('data'))
          .join(' '),
      );
  }

  it('goes on from the event that was seen last, without a gap', async () => {
    for (let count = 0; count < 3; count++) control.tell();
    setTimeout(() => control.tell('job-resumed'), 20);
    expect(await read(3, 1)).toEqual([
      'event: job-paused id: 2',
      'event: job-paused id: 3',
      'event: job-resumed id: 4',
    ]);
  });

  it('begins with what happens now when nothing was seen', async () => {
    control.tell();
    setTimeout(() => control.tell('job-resumed'), 20);
    expect(await read(1)).toEqual(['event: job-resumed id: 2']);
  });

  it('says so when it cannot tell what happened since', async () => {
    for (let count = 0; count < 2500; count++) control.tell();
    expect(await read(1, 5)).toEqual(['event: reset']);
    // Of another daemon, most likely.
    expect(await read(1, 9999)).toEqual(['event: reset']);
  });

  it('listens no more when its reader is gone', async () => {
    const before = control.listeners;
    setTimeout(() => control.tell(), 20);
    await read(1);
    control.tell();
    await expect.poll(() => control.listeners, { timeout: 10_000 }).toBe(before);
  });
});
