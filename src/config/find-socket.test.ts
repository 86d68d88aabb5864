import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { DEFAULT_SOCKET, findSocket } from './find-socket.ts';

async function socketIn(text: string): Promise<string> {
  const directory = await mkdtemp(`${tmpdir()}/ceph2zfs-config-`);
  try {
    await writeFile(`${directory}/c.yaml`, text);
    return await findSocket(`${directory}/c.yaml`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

it('finds the socket in a configuration that is invalid otherwise', async () => {
  expect(await socketIn('daemon: { socket: /run/a.sock, runs: many }\njobs: []\n')).toBe(
    '/run/a.sock',
  );
});

it.each(['', 'a: [', 'daemon:', 'daemon: { socket: 7 }', 'jobs: []', '- x'])(
  'takes the default for %j',
  async (text) => {
    expect(await socketIn(text)).toBe(DEFAULT_SOCKET);
  },
);

it('takes the default when there is no file', async () => {
  expect(await findSocket('/nowhere/config.yaml')).toBe(DEFAULT_SOCKET);
});
