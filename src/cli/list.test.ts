import { beforeEach, expect, it, vi } from 'vitest';
import type { ListedDataset } from '../core/backup-list.ts';
import { Ceph2zfsError } from '../core/errors.ts';
import type { ListedTarget } from '../runner/list-target.ts';
import { main } from './main.ts';
import { recordingStream } from './render/sample-run.ts';

let asked: string[] = [];
let answers: Readonly<Record<string, readonly ListedDataset[]>> = {};

vi.mock('../runner/list-target.ts', () => ({
  async listTarget(target: ListedTarget) {
    const place = target.type === 'sink' ? target.url : target.dataset;
    asked.push(place);
    const answer = answers[place];
    if (answer !== undefined) return answer;
    throw new Ceph2zfsError({
      code: 'dataset-missing',
      message: `there is no ${place}`,
      retry: 'never',
    });
  },
}));

beforeEach(() => {
  asked = [];
  answers = {
    'tank/production': [listed('rbd/vm-1'), listed('rbd/scratch-1')],
    'fast/databases': [listed('rbd/db/one')],
    'tank/lab': [],
  };
});

it('gives each dataset with the job that selects its source', async () => {
  const { code, stdout } = await list('--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    { job: 'production', client: null, sink: null, ...listed('rbd/vm-1') },
    { job: null, client: null, sink: null, ...listed('rbd/scratch-1') },
    { job: 'production-databases', client: null, sink: null, ...listed('rbd/db/one') },
  ]);
});

it('narrows the list down to a pattern', async () => {
  const { stdout } = await list('rbd/vm-*');
  expect(stdout.trimEnd().split('\n')).toEqual([
    'rbd/vm-1: tank/rbd/vm-1, job production, 0 snapshots, 0 B used',
  ]);
});

it('a target that cannot be listed does not hide the others', async () => {
  const { 'tank/production': _, ...rest } = answers;
  answers = rest;
  const { code, stdout, stderr } = await list();
  expect(asked).toEqual(['tank/production', 'fast/databases', 'tank/lab']);
  expect(code).toBe(4);
  expect(stderr).toBe('error: there is no tank/production\n');
  expect(stdout).toContain('rbd/db/one');
});

it('does not say that there are no backups when it could not look', async () => {
  answers = {};
  expect(await list()).toMatchObject({ code: 4, stdout: '' });
});

it('a directory belongs to the job of its filesystem, and never to one of images', async () => {
  answers = {
    'tank/backup': [
      { ...listed('/home/a'), kind: 'cephfs', filesystem: 'cephfs' },
      { ...listed('/home/a'), kind: 'cephfs', filesystem: 'storage' },
      { ...listed('/home/scratch'), kind: 'cephfs', filesystem: 'cephfs' },
      listed('rbd/vm-1'),
    ],
    'tank/volumes': [
      { ...listed('/volumes/g/a'), kind: 'cephfs', filesystem: 'storage' },
      { ...listed('/volumes/g/a'), kind: 'cephfs', filesystem: 'cephfs' },
    ],
  };
  const { stdout } = await listWith('cephfs.yaml', '--json');
  expect(JSON.parse(stdout).map(({ job }: { job: string | null }) => job)).toEqual([
    'homes',
    null,
    null,
    null,
    'volumes',
    null,
  ]);
});

it('an image belongs to the job that selects the group which its newest backup is of', async () => {
  answers = {
    'tank/backup': [
      { ...listed('rbd/shop-data'), group: 'rbd/shop' },
      { ...listed('rbd/other-data'), group: 'rbd/other' },
      listed('rbd/shop'),
    ],
  };
  const { stdout } = await listWith('full.yaml', 'rbd/*', '--json');
  expect(JSON.parse(stdout)).toMatchObject([
    { source: 'rbd/shop-data', job: 'vms' },
    { source: 'rbd/other-data', job: null },
    { source: 'rbd/shop', job: null },
  ]);
});

it('asks each sink once for each client, and says of what it has where it is; and looks at what clients pushed', async () => {
  const sink = 'https://backup.example.org:8470';
  answers = {
    'tank/backup': [listed('rbd/vm-1')],
    [sink]: [
      listed('rbd/vm-1'),
      listed('rbd/gone'),
      { ...listed('/home/a'), kind: 'cephfs', filesystem: 'cephfs' },
    ],
    'tank/clients/pve-1': [listed('rbd/vm-1')],
  };
  const { code, stdout } = await listWith('full.yaml', '--json');
  expect(code).toBe(0);
  expect(asked).toEqual(['tank/backup', sink, 'tank/clients/pve-1']);
  expect(JSON.parse(stdout)).toMatchObject([
    { source: 'rbd/vm-1', sink: null, job: 'vms' },
    { source: 'rbd/vm-1', sink, job: 'vms-offsite' },
    { source: 'rbd/gone', sink, job: null },
    { source: '/home/a', sink, job: 'homes-offsite' },
    { source: 'rbd/vm-1', sink: null, job: null, client: 'pve-1' },
  ]);
});

it('narrows the list down to directories', async () => {
  answers = {
    'tank/backup': [
      { ...listed('/home/a'), kind: 'cephfs', filesystem: 'cephfs' },
      listed('rbd/vm-1'),
    ],
    'tank/volumes': [],
  };
  const { stdout } = await listWith('cephfs.yaml', '/home/*', '--json');
  expect(JSON.parse(stdout)).toMatchObject([{ source: '/home/a', job: 'homes' }]);
});

function listed(source: string): ListedDataset {
  return {
    kind: 'rbd',
    filesystem: null,
    group: null,
    source,
    dataset: `tank/${source}`,
    used: 0,
    unfinished: null,
    snapshots: [],
  };
}

async function list(...options: readonly string[]) {
  return listWith('several-jobs.yaml', ...options);
}

async function listWith(example: string, ...options: readonly string[]) {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  const config = new URL(`../../docs/examples/${example}`, import.meta.url).pathname;
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const code = await main(['list', '--config', config, ...options], streams);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
