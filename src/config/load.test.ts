import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from './load.ts';
import { ConfigError } from './problems.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ceph2zfs-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['a file that is not there', '/nowhere/config.yaml', 'there is no such file'],
  ['a directory', '/', 'it is a directory'],
  ['a path through a file', '/etc/passwd/config.yaml', 'a part of the path is not a directory'],
])('%s is unreadable', async (_, file, reason) => {
  const error = await errorOf(file);
  expect(error).toMatchObject({ code: 'config-unreadable', problems: [] });
  expect(error.message).toContain(reason);
  expect(error.hint).toContain('--config');
});

it('a file that may not be read is unreadable', async () => {
  const file = await written('jobs: []');
  await chmod(file, 0);
  // Root may read everything, so root is somebody else for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    expect((await errorOf(file)).message).toContain('permission denied');
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

it('a file without end is not read to its end', async () => {
  const error = await errorOf('/dev/zero');
  expect(error.problems.map(({ message }) => message)).toEqual([
    'larger than 1 MiB: not a configuration file',
  ]);
});

it('a file that is no text is refused', async () => {
  const error = await errorOf(await written(Buffer.from([0x6a, 0xff, 0xfe])));
  expect(error.problems.map(({ message }) => message)).toEqual(['not UTF-8 text']);
});

it('brackets without end are refused', async () => {
  const error = await errorOf(await written('['.repeat(20_000)));
  expect(error.problems.map(({ message }) => message)).toEqual(['nested too deeply']);
});

it('a mark at the beginning that editors leave is ignored', async () => {
  const file = await written(
    '\ufeffjobs: [{name: a, source: {type: rbd, select: [a/b]}, target: {type: zfs, dataset: t}}]',
  );
  expect((await loadConfig(file)).jobs).toHaveLength(1);
});

async function written(content: string | Buffer): Promise<string> {
  const file = join(folder, `${Math.random()}.yaml`);
  await writeFile(file, content);
  return file;
}

async function errorOf(file: string): Promise<ConfigError> {
  const error = await loadConfig(file).catch((cause: unknown) => cause);
  if (!(error instanceof ConfigError)) throw new Error('no ConfigError', { cause: error });
  return error;
}
