import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { createSettings, type Settings } from './settings.ts';
import type { Supervisor } from './supervisor.ts';

let directory: string;
let reloads: (readonly string[])[];
let settings: Settings;

const text = (name: string, more = ''): string =>
  `${more}jobs: [{ name: ${name}, source: { type: rbd, select: ["rbd/*"] }, target: { type: zfs, dataset: t } }]\n`;

beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/ceph2zfs-settings-`);
  await writeFile(`${directory}/c.yaml`, text('a'));
  reloads = [];
  const supervisor = {
    reload: (jobs) => void reloads.push(jobs.map(({ job }) => job.name)),
  } as Pick<Supervisor, 'reload'> as Supervisor;
  const file = `${directory}/c.yaml`;
  const log = (): void => undefined;
  const sink = { reload: () => undefined };
  settings = createSettings({ file, first: await loadConfig(file), supervisor, sink, log });
});
afterEach(() => rm(directory, { recursive: true }));

it('goes by the configuration that was loaded last', async () => {
  await writeFile(`${directory}/c.yaml`, text('b'));
  expect(await settings.reload()).toEqual({ jobs: ['b'] });
  expect(reloads).toEqual([['b']]);
  expect(settings.problems()).toEqual([]);
});

it('refuses a broken one, says all that is wrong with it until it is mended, and goes on as before', async () => {
  await writeFile(`${directory}/c.yaml`, text('"a b"', 'daemon: { runs: many }\n'));
  await expect(settings.reload()).rejects.toMatchObject({ code: 'config-refused' });
  expect(reloads).toEqual([]);
  expect(settings.config().jobs[0]?.name).toBe('a');
  expect(settings.loaded().successful).toBe(false);
  const [problem] = settings.problems();
  expect(problem?.message).toMatch(/c\.yaml:1:17: daemon\.runs: .*\n.*jobs\[0\]\.name: /);
  await writeFile(`${directory}/c.yaml`, text('b'));
  await settings.reload();
  expect(settings.problems()).toEqual([]);
});

it('says what takes a new start to change', async () => {
  await writeFile(
    `${directory}/c.yaml`,
    text('a', 'daemon: { socket: /run/other.sock, runs: 7 }\n'),
  );
  await settings.reload();
  expect(settings.config().daemon.runs).toBe(7);
  expect(settings.problems()).toMatchObject([
    { code: 'needs-restart', message: expect.stringContaining('daemon.socket') },
  ]);
});
