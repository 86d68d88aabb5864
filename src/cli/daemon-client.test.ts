import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonStatus, FakeControl } from '../../test/fakes/control.ts';
import { createApp } from '../http/app.ts';
import { createEventLog } from '../http/events.ts';
import { prepareSocketDirectory, serveOnSocket } from '../http/serve.ts';
import { connectDaemon } from './daemon-client.ts';

let directory: string;
let socket: string;

beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/ceph2zfs-socket-`);
  socket = `${directory}/run/daemon.sock`;
  await prepareSocketDirectory(socket);
});
afterEach(() => rm(directory, { recursive: true }));

const client = () => connectDaemon({ config: '/nowhere', socket });

async function serve(control: FakeControl, group: number | null = null) {
  const events = createEventLog(control);
  const server = await serveOnSocket(createApp(control, events), { path: socket, group });
  return {
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      events[Symbol.dispose]();
    },
  };
}

describe('the daemon, asked over its socket', () => {
  it('answers', async () => {
    const control = new FakeControl();
    await using _server = await serve(control);
    const daemon = await client();
    expect(await daemon.status()).toEqual(daemonStatus());
    await daemon.pause('vms');
    const order = { only: null, full: true, dryRun: false };
    expect(await daemon.trigger('vms', order)).toEqual({ state: 'started', run: 'r1' });
    expect(control.orders).toEqual([order]);
  });

  it('says no in its own words', async () => {
    await using _server = await serve(new FakeControl());
    await expect((await client()).pause('a/b %2F')).rejects.toMatchObject({
      code: 'unknown-job',
      message: 'there is no job "a/b %2F"',
      hint: 'Look again.',
    });
  });

  it('can be used by root, and by a group if there is one', async () => {
    {
      await using _server = await serve(new FakeControl());
      expect((await stat(socket)).mode & 0o777).toBe(0o600);
    }
    await using _server = await serve(new FakeControl(), process.getgid?.() ?? 0);
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it('takes the place of a socket that is left over', async () => {
    await writeFile(socket, '');
    await using _server = await serve(new FakeControl());
    expect((await (await client()).status()).pid).toBe(4711);
  });
});

describe('a daemon that cannot be asked', () => {
  it('is told to be away', async () => {
    await expect((await client()).status()).rejects.toMatchObject({
      code: 'daemon-unreachable',
      message: expect.stringContaining('does not run'),
    });
  });

  it('is told when something else answers', async () => {
    const server = createServer((connection) => {
      connection.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
    });
    await new Promise<void>((resolve) => {
      server.listen(socket, resolve);
    });
    await expect((await client()).status()).rejects.toMatchObject({ code: 'daemon-answer' });
    server.close();
  });

  it('does not put its socket where others may write', async () => {
    await chmod(`${directory}/run`, 0o777);
    await expect(prepareSocketDirectory(socket)).rejects.toMatchObject({ code: 'socket-unsafe' });
  });
});
