import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import type { RunEvent } from '../core/events.ts';
import { type RunOrder, startRun } from './start.ts';

// Runs in real processes, which never get farther than to a cluster that is not there.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
const events: RunEvent[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
  events.length = 0;
});

afterEach(() => rm(folder, { recursive: true }));

/** A script that keeps its environment under its name, and then does something. */
async function script(name: string, then = 'exit 0'): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\nenv >"${folder}/${name}.env"\n${then}\n`, { mode: 0o755 });
  return JSON.stringify([file]);
}

async function startWith(hooks: string, changes: Partial<RunOrder> = {}) {
  const conf = join(folder, 'no-ceph.conf');
  const text = `jobs: [{name: vms, source: {type: rbd, ceph: {conf: ${conf}}, select: ["rbd/*"]},
    target: {type: zfs, dataset: tank}, hooks: {${hooks}}}]`;
  const [job] = parseConfig(text, 'c.yaml').jobs;
  if (job === undefined) throw new Error('no job');
  const order: RunOrder = { job, task: 'back-up', only: null, dryRun: false, full: false };
  return startRun({ ...order, ...changes }, (event) => events.push(event));
}

async function environmentOf(name: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(folder, `${name}.env`), 'utf8');
  const entries = text.split('\n').map((line): [string, string] => {
    const [key = '', ...rest] = line.split('=');
    return [key, rest.join('=')];
  });
  return Object.fromEntries(entries);
}

const hooksFinished = () => events.filter((event) => event.type === 'hook-finished');

it('runs its hooks also when the cluster cannot be reached', async () => {
  process.env['CEPH2ZFS_SNAPSHOT'] = 'of somebody else';
  const handle = await startWith(
    `before: [{command: ${await script('begin')}}], after: [{command: ${await script('end')}}]`,
  );
  delete process.env['CEPH2ZFS_SNAPSHOT'];
  const result = await handle.done;
  expect(result.outcome).toBe('failed');
  expect(result.error?.code).toMatch(/^(?:library-missing|conf-unreadable)$/);
  const begin = await environmentOf('begin');
  expect(begin).toMatchObject({
    CEPH2ZFS_HOOK: 'before',
    CEPH2ZFS_JOB: 'vms',
    CEPH2ZFS_RUN: handle.run,
    PATH: process.env['PATH'],
  });
  expect(begin).not.toHaveProperty('CEPH2ZFS_SNAPSHOT');
  expect(begin).not.toHaveProperty('NODE_CHANNEL_FD');
  expect(await environmentOf('end')).toMatchObject({
    CEPH2ZFS_HOOK: 'after',
    CEPH2ZFS_OUTCOME: 'failed',
    CEPH2ZFS_SUCCEEDED: '0',
    CEPH2ZFS_FAILED: '0',
  });
});

it('fails with the words of a hook, before it connects to anything', async () => {
  const begin = await script('begin', 'seq 1 9999; echo "no tape in drive" >&2; exit 7');
  const { done } = await startWith(`before: [{command: ${begin}}]`);
  const { error } = await done;
  expect(error?.code).toBe('hook-failed');
  expect(error?.message).toContain('failed with exit status 7; it said at last:\n');
  expect(error?.message).toMatch(/\n9999\nno tape in drive$/);
  expect(Buffer.byteLength(error?.message ?? '')).toBeLessThan(17 * 1024);
});

it('ends the hook before it when it is cancelled, and runs the one after it to its end', async () => {
  const begin = await script('begin', 'sleep 60');
  const end = await script('end', `sleep 1; touch ${folder}/done`);
  const handle = await startWith(`before: [{command: ${begin}}], after: [{command: ${end}}]`);
  await expect
    .poll(() => environmentOf('begin').catch(() => null), { timeout: 20_000 })
    .toBeTruthy();
  handle.cancel('SIGTERM');
  const result = await handle.done;
  expect(result).toMatchObject({ outcome: 'cancelled', error: { code: 'cancelled' } });
  expect(hooksFinished()).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'ok' }]);
  expect((await environmentOf('end'))['CEPH2ZFS_OUTCOME']).toBe('cancelled');
  await readFile(join(folder, 'done'));
});

it('is not taken for one that stands still because of a hook', async () => {
  const begin = await script('begin', 'sleep 5');
  const text = `before: [{command: ${begin}}]`;
  const { done } = await startWith(`${text}}, timeouts: {stall: 3s`);
  expect((await done).error?.code).not.toBe('stalled');
  expect(hooksFinished()).toMatchObject([{ outcome: 'ok' }]);
});

it.each([
  ['a dry run', { dryRun: true }],
  ['a clean-up', { task: 'prune' }],
] as const)('runs none for %s', async (_, changes) => {
  const begin = await script('begin');
  const { done } = await startWith(
    `before: [{command: ${begin}}], after: [{command: ${begin}}]`,
    changes,
  );
  await done;
  expect(hooksFinished()).toEqual([]);
});
